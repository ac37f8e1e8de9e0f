// OSC to another program: what has changed is sent once a frame, in one bundle, whoever changed it.
// What is as it was sent last is not sent again, so that two programs that send each other what
// changes come to rest.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "src/control/osc/osc_requests.h"
#include "src/control/osc/udp.h"
#include "src/control/surface.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr const char* kOscOutOption = "--osc-out";
constexpr size_t kLongestBundle = 1400;  // fits one Ethernet frame

class OscOutput : public Surface {
  public:
    OscOutput(const std::string& value, const SurfaceContext& context)
        : place_(udp_place(kOscOutOption, value)),
          socket_(UdpSocket::to(place_, kOscOutOption)),
          desk_(context.desk),
          client_(desk_.join("osc_out", [this](const DeskChange&) { changed_ = true; })) {
        const auto listens = context.options.find("--osc");
        if (listens == context.options.end()) return;
        const UdpPlace own = udp_place("--osc", listens->second);
        const bool everywhere = own.address == "0.0.0.0" || own.address == "::";
        if (own.port == place_.port && (own.address == place_.address || everywhere)) {
            throw UsageError(
                fmt::format("{} {}: --osc listens there; give the port of the other program",
                            kOscOutOption, value));
        }
    }

    std::string description() const override {
        return fmt::format("OSC to {}:{}", place_.address, place_.port);
    }

    void between_frames() override {
        constexpr std::array kUnsaid{"record", "source", "beat", "score/play"};
        const bool as_sent = std::all_of(kUnsaid.begin(), kUnsaid.end(),
                                         [this](const char* name) { return is_as_sent(name); });
        if (!changed_ && as_sent) return;
        changed_ = false;
        std::vector<OscMessage> news;
        std::map<std::string, std::vector<OscArgument>> now;
        for (OscMessage& message : osc_state(desk_)) {
            const auto sent = sent_.find(message.path);
            if (sent == sent_.end() || sent->second != message.arguments) news.push_back(message);
            now[message.path] = std::move(message.arguments);
        }
        // A strip that is no longer on the desk is silent, and a route that is gone adds nothing.
        for (const auto& [path, value] : sent_) {
            if (!now.contains(path)) news.push_back({path, {0.0}});
        }
        sent_ = std::move(now);
        for (const std::vector<char>& bundle : write_osc_bundles(news, kLongestBundle))
            socket_.send(bundle);
        messages_ += static_cast<int64_t>(news.size());
    }

    std::vector<std::pair<std::string_view, int64_t>> counts() const override {
        return {{"messages", messages_}};
    }

  private:
    /// Of what changes without a word of the desk.
    bool is_as_sent(const std::string& name) const {
        const std::string path = std::string(kOscRoot) + name;
        const auto sent = sent_.find(path);
        return sent != sent_.end() && sent->second == osc_value(desk_, path);
    }

    UdpPlace place_;
    UdpSocket socket_;
    Desk& desk_;
    bool changed_ = true;
    std::map<std::string, std::vector<OscArgument>> sent_;
    int64_t messages_ = 0;
    DeskClient client_;
};

}  // namespace

extern const SurfaceKind kOscOutput{
    .name = "osc_out",
    .option = kOscOutOption,
    .argument = "[ADDRESS:]PORT",
    .help = "send what changes to another program, as OSC messages with the addresses of --osc",
    .open = [](const std::string& value, const SurfaceContext& context)
        -> std::unique_ptr<Surface> { return std::make_unique<OscOutput>(value, context); }};

}  // namespace reverie
