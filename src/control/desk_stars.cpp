// Starred channels at the desk.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "src/control/desk.h"
#include "src/control/toml_params.h"
#include "src/util/atomic_file.h"
#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {

void Desk::handle_stars() {
    handle<request::StarChannel>([this](const auto& r) {
        const bool there = std::find(stars_.begin(), stars_.end(), r.star) != stars_.end();
        const bool on = switched(r.to, there);
        require(!on || there || stars_.size() < kMostStars,
                fmt::format("there are {} stars already; take one away first", kMostStars));
        switch_star(stars_, r.star, on);
        if (stars_file_.empty()) return;
        std::error_code failed;
        std::filesystem::create_directories(stars_file_.parent_path(), failed);
        write_atomically(stars_file_, to_toml(stars_));
    });
    handle<request::SetStar>([this](const auto& r) {
        const Term channel = channel_of_star(r.number);
        hand_over(request::SetStrip{channel.layer, channel.channel, r.weight});
    });
}

Term Desk::channel_of_star(int number) const {
    require(number >= 1 && static_cast<size_t>(number) <= stars_.size(),
            fmt::format("there is no star {}; there are {}", number, stars_.size()));
    const Star& star = stars_[static_cast<size_t>(number - 1)];
    Objective objective{{{star.layer, star.channel, 1}}};
    if (world_.from_portable) objective = world_.from_portable(objective);
    require(!objective.terms.empty(), fmt::format("this network has nothing for star {}", number));
    return objective.terms[0];
}

void Desk::open_stars(const std::filesystem::path& file, const Stars& bank) {
    std::error_code failed;
    stars_ = bank;
    stars_file_ = file;
    if (file.empty() || !std::filesystem::exists(file, failed)) return;
    try {
        stars_ = parse_stars(read_text_file(file), file);
    } catch (const Error& error) {
        stars_file_.clear();
        notices_.post(fmt::format("{}; until it is mended, stars are not kept", error.what()));
    }
}

}  // namespace reverie
