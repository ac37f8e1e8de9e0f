#include "src/control/link/link_session.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "src/util/error.h"
#include "src/util/module_folders.h"

namespace reverie {

const LinkTable* load_link(std::string& why) {
    constexpr const char* kModule = "libreverie_link.so";
    why =
        fmt::format("{} is not there: build reverie where ableton-link-dev is installed", kModule);
    for (const std::filesystem::path& folder : module_folders()) {
        const std::filesystem::path path = folder / kModule;
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) continue;
        void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr) {
            why = ::dlerror();
            continue;
        }
        auto entry = reinterpret_cast<ReverieLinkEntry>(::dlsym(module, "reverie_link"));
        const LinkTable* table = entry != nullptr ? entry() : nullptr;
        if (table != nullptr && table->version == kLinkVersion) return table;
        why = fmt::format("{} was built with another version of reverie", path.string());
    }
    return nullptr;
}

LinkSession::LinkSession(const LinkTable& table, double bpm, Changed changed, void* context)
    : table_(table), bpm_(bpm) {
    const char* why = "no reason is known";
    session_ = table.join(bpm, changed, context, &why);
    if (session_ == nullptr) throw Error(std::string("--link: ") + why);
}

void LinkSession::tell(TempoClock& clock, double time_s) {
    const LinkMoment at = now();
    if (at.peers > 0) {
        clock.follow(TempoSource::link, at.bpm, at.beat, time_s);
        bpm_ = at.bpm;
        return;
    }
    const double bpm = clock.bpm();
    constexpr double kSame = 0.05;  // beats a minute: the ear's tempo is never quite still
    if (bpm <= 0 || std::abs(bpm - bpm_) < kSame) return;
    bpm_ = bpm;
    table_.set_bpm(session_, bpm);
}

}  // namespace reverie
