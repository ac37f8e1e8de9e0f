// libreverie_link.so: a peer of Ableton Link. The only file that includes Link's headers, which are
// under the GPL (version 2 or later); so is the module that is built of it.
#include <ableton/Link.hpp>
#include <exception>
#include <memory>
#include <string>

#include "src/control/link/link_table.h"

namespace reverie {
namespace {

constexpr double kQuantum = 4;  // beats of a bar

ableton::Link& of(void* session) { return *static_cast<ableton::Link*>(session); }

void* join(double bpm, void (*changed)(void*), void* context, const char** why) {
    try {
        auto link = std::make_unique<ableton::Link>(bpm);
        if (changed != nullptr) {
            link->setNumPeersCallback([=](size_t) { changed(context); });
            link->setTempoCallback([=](double) { changed(context); });
        }
        link->enable(true);
        return link.release();
    } catch (const std::exception& error) {
        static std::string said;
        said = error.what();
        *why = said.c_str();
        return nullptr;
    }
}

LinkMoment now(void* session) {
    const auto state = of(session).captureAppSessionState();
    const auto time = of(session).clock().micros();
    return {state.tempo(), state.beatAtTime(time, kQuantum),
            static_cast<int>(of(session).numPeers())};
}

void set_bpm(void* session, double bpm) {
    auto state = of(session).captureAppSessionState();
    state.setTempo(bpm, of(session).clock().micros());
    of(session).commitAppSessionState(state);
}

void leave(void* session) { delete &of(session); }

const LinkTable kTable{kLinkVersion, join, now, set_bpm, leave};

}  // namespace
}  // namespace reverie

extern "C" __attribute__((visibility("default"))) const reverie::LinkTable* reverie_link() {
    return &reverie::kTable;
}
