// Fuzzes OSC packets: each message is played on a desk, or refused by an Error of one line; the
// desk's state is then written and read back.
#include <string>

#include "src/control/osc/osc_requests.h"
#include "src/util/error.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

void play(Desk& desk, DeskClient& client, const OscMessage& message) {
    try {
        OscAsked asked = osc_request(message, {"camera:0"});
        if (asked.request) {
            if (const auto* load = asked.request->as<request::LoadPreset>())
                expect(load->name.find('/') == std::string::npos);
            if (const auto* open = asked.request->as<request::OpenScore>())
                expect(open->name.find('/') == std::string::npos);
            if (const auto* output = asked.request->as<request::SwitchOutput>())
                expect(output->target.find('/') == std::string::npos);
            client.ask(std::move(*asked.request));
        }
        for (const OscArgument& value : osc_value(desk, message.path)) {
            if (const auto* number = std::get_if<double>(&value)) expect(*number == *number);
        }
    } catch (const Error& error) {
        expect_one_line(error.what(), 70000);
    }
}

}  // namespace

void read_osc(const uint8_t* data, size_t size) {
    Notices notices;
    Desk desk(Params(), notices);
    DeskClient client = desk.join("osc");
    try {
        const auto* const bytes = reinterpret_cast<const char*>(data);
        for (const OscMessage& message : read_osc_packet({bytes, size}))
            play(desk, client, message);
    } catch (const Error& error) {
        expect_one_line(error.what(), 70000);
    }
    desk.apply();
    desk.advance(0.1);
    const std::vector<OscMessage> state = osc_state(desk);
    size_t read = 0;
    for (const std::vector<char>& bundle : write_osc_bundles(state, 1400))
        read += read_osc_packet(bundle).size();
    expect(read == state.size());
}

}  // namespace reverie::fuzz
