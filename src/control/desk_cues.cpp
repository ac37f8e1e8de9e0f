// Hot cues at the desk: presets that are played by number.
#include <fmt/format.h>

#include <system_error>

#include "src/control/desk.h"
#include "src/control/preset_library.h"
#include "src/control/toml_params.h"
#include "src/util/atomic_file.h"
#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {
namespace {

size_t index_of_cue(int number) {
    require(number >= 1 && number <= kCues,
            fmt::format("there is no cue {}; there are 1 to {}", number, kCues));
    return static_cast<size_t>(number - 1);
}

}  // namespace

void Desk::handle_cues() {
    handle<request::PlayCue>([this](const auto& r) {
        const Cue& cue = cues_[index_of_cue(r.number)];
        std::string name = cue.preset;
        if (name.empty()) {
            const std::vector<std::string> names = world_.names ? world_.names() : preset_names();
            require(static_cast<size_t>(r.number) <= names.size(),
                    fmt::format("no preset lies under cue {}; choose one in Presets", r.number));
            name = names[index_of_cue(r.number)];
        }
        hand_over(request::LoadPreset{.name = name, .seconds = cue.fade_s});
    });
    handle<request::SetCue>([this](const auto& r) {
        cues_[index_of_cue(r.number)] = r.cue;
        if (cues_file_.empty()) return;
        std::error_code failed;
        std::filesystem::create_directories(cues_file_.parent_path(), failed);
        write_atomically(cues_file_, to_toml(cues_));
    });
}

void Desk::open_cues(const std::filesystem::path& file) {
    std::error_code failed;
    cues_file_ = file;
    if (file.empty() || !std::filesystem::exists(file, failed)) return;
    try {
        cues_ = parse_cues(read_text_file(file), file);
    } catch (const Error& error) {
        cues_file_.clear();
        notices_.post(fmt::format("{}; until it is mended, cues are not kept", error.what()));
    }
}

/// What a request waits for.
Quantise Desk::wait_of(const Request& request) const {
    if (const auto* play = request.as<request::PlayCue>()) {
        const bool there = play->number >= 1 && play->number <= kCues;
        return there ? cues_[static_cast<size_t>(play->number - 1)].wait.value_or(quantise_)
                     : Quantise::off;
    }
    const bool waits = request.is<request::LoadPreset>() || request.is<request::StepPreset>() ||
                       request.is<request::RunCrossfade>() ||
                       (request.is<request::PlayScore>() && !score_.playing());
    return waits ? quantise_ : Quantise::off;
}

}  // namespace reverie
