#include "src/show/state_file.h"

#include <fmt/format.h>

#include "src/control/toml_params.h"
#include "src/util/atomic_file.h"
#include "src/util/error.h"
#include "src/util/text_file.h"
#include "src/util/user_folders.h"

namespace reverie {

namespace fs = std::filesystem;

fs::path state_path() {
    const fs::path folder = user_folder(UserFolder::state);
    return folder.empty() ? folder : folder / "live.toml";
}

RestoredState restore_state(const fs::path& path) {
    std::error_code status;
    if (path.empty() || !fs::exists(path, status)) return {};
    try {
        return {parse_state(read_text_file(path), path), ""};
    } catch (const Error& error) {
        const fs::path aside = path.string() + ".damaged";
        fs::rename(path, aside, status);
        return {std::nullopt,
                fmt::format("{}; {}, and the show begins with its defaults", error.what(),
                            status ? "it stays where it is"
                                   : fmt::format("it is kept as {}", aside.string()))};
    }
}

void keep_state(const fs::path& path, const ShowState& state) {
    require(!path.empty(), "there is no home folder to keep the show's state in");
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    require(!failed,
            fmt::format("cannot make {}: {}", path.parent_path().string(), failed.message()));
    keep_privately(path, to_toml(state));  // a stream's address may hold its key
}

}  // namespace reverie
