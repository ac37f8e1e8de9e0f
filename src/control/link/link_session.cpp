#include "src/control/link/link_session.h"

#include <cmath>

#include "src/util/error.h"
#include "src/util/modules.h"

namespace reverie {

const LinkTable* load_link(std::string& why) {
    const LinkTable* table =
        load_module<ReverieLinkEntry>("libreverie_link.so", "reverie_link", kLinkVersion, why);
    if (why.ends_with("is not there")) why += ": build reverie where ableton-link-dev is installed";
    return table;
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
