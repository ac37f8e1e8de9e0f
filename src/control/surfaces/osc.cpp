// OSC over UDP: a thread receives packets and asks the desk for all of a packet's messages at once,
// so that a bundle takes effect in one frame. A message without a value is answered to its sender
// with what the desk says, after all that was asked before it.
#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "src/control/osc/osc_echoes.h"
#include "src/control/osc/osc_requests.h"
#include "src/control/osc/udp.h"
#include "src/control/surface.h"
#include "src/control/wake_event.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kLongestPacket = 65536;
constexpr int kPacketsAtOnce = 64;  // that wait, before the desk is asked
constexpr auto kReportEvery = std::chrono::seconds(10);
constexpr const char* kOscOption = "--osc";

class OscSurface : public Surface {
  public:
    OscSurface(const std::string& value, const SurfaceContext& context)
        : place_(udp_place(kOscOption, value)),
          socket_(UdpSocket::at(place_, kOscOption)),
          desk_(context.desk),
          notices_(context.notices),
          sources_(context.sources),
          sends_(context.options.contains("--osc-out")),
          client_(desk_.join("osc", [this](const DeskChange& change) {
              answer(change);
              if (sends_) expect_echoes(change);
          })) {
        thread_ = std::thread([this] { run(); });
    }
    ~OscSurface() override {
        ends_ = true;
        wake_.wake();
        thread_.join();
    }
    OscSurface(const OscSurface&) = delete;
    OscSurface& operator=(const OscSurface&) = delete;

    std::string description() const override {
        return fmt::format("OSC: {}:{}", place_.address, socket_.port());
    }

    std::vector<std::pair<std::string_view, int64_t>> counts() const override {
        return {{"messages", messages_}, {"unusable", unusable_}, {"lost", lost_}};
    }

  private:
    struct Answer {
        std::vector<char> packet;
        std::string to;
    };

    /// In the show's thread, which sends nothing itself.
    void answer(const DeskChange& change) {
        if (change.request == nullptr || change.client != "osc") return;
        const auto* const asked =
            change.request != nullptr ? change.request->as<request::Report>() : nullptr;
        if (asked == nullptr) return;
        const OscMessage message{asked->address, osc_value(desk_, asked->address)};
        const std::lock_guard lock(mutex_);
        answers_.push_back({write_osc_packet(message), asked->to});
        wake_.wake();
    }

    /// Of a preset that is loaded, and of what fades pass through.
    void expect_echoes(const DeskChange& change) {
        const auto now = OscEchoes::Clock::now();
        const auto passed = [&](const std::string& path) {
            echoes_.passed({path, osc_value(desk_, path)}, now);
        };
        const std::string root(kOscRoot);
        if (change.preset) passed(root + "preset");
        if (!change.client.empty()) return;
        for (const std::string_view key : change.params) passed(root + std::string(key));
        if (change.crossfade) passed(root + std::string(kCrossfadeControl));
        if (change.modulation) {
            for (size_t i = 0; i < desk_.modulation().routes.size(); ++i)
                passed(root + route_control(static_cast<int>(i)));
        }
        if (!change.strips) return;
        for (const Mixer::Strip& strip : desk_.mixer().strips())
            passed(root + "layer/" + strip_name(strip.layer, strip.channel));
    }

    void run() {
        std::array<pollfd, 2> waiting{
            {{socket_.descriptor(), POLLIN, 0}, {wake_.descriptor(), POLLIN, 0}}};
        while (!ends_) {
            if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
            if (waiting[1].revents != 0) send_answers();
            std::vector<Request> requests;
            for (int i = 0; i < kPacketsAtOnce; ++i) {
                const std::optional<size_t> size = socket_.receive(buffer_, from_);
                if (!size) break;
                take({buffer_.data(), *size}, requests);
            }
            lost_ = socket_.lost();
            if (!requests.empty()) client_.ask(std::move(requests));
        }
    }

    void send_answers() {
        wake_.clear();
        std::vector<Answer> answers;
        {
            const std::lock_guard lock(mutex_);
            answers.swap(answers_);
        }
        for (const Answer& one : answers) socket_.send(one.packet, one.to);
    }

    /// A message that cannot be used does not keep back those beside it.
    void take(std::span<const char> packet, std::vector<Request>& requests) {
        try {
            for (const OscMessage& message : read_osc_packet(packet)) {
                ++messages_;
                try {
                    take(message, requests);
                } catch (const Error& error) {
                    count(error.what());
                }
            }
        } catch (const Error& error) {
            count(error.what());
        }
    }

    void take(const OscMessage& message, std::vector<Request>& requests) {
        if (sends_ && echoes_.is_echo(message, OscEchoes::Clock::now())) return;
        OscAsked asked = osc_request(message, sources_);
        if (!asked.note.empty()) count(asked.note);
        if (!asked.request) return;
        if (const auto* const report = asked.request->as<request::Report>()) {
            request::Report answered = *report;
            answered.to = from_;
            asked.request = answered;
        }
        requests.push_back(std::move(*asked.request));
    }

    /// The first at once, then how many there were: a fader at a wrong address sends hundreds.
    void count(const std::string& why) {
        ++unusable_;
        const auto now = std::chrono::steady_clock::now();
        if (unusable_ > 1 && now - reported_ < kReportEvery) return;
        reported_ = now;
        notices_.post(
            unusable_ == 1 ? why : fmt::format("{} ({} unusable messages)", why, unusable_.load()));
    }

    UdpPlace place_;
    UdpSocket socket_;
    WakeEvent wake_;
    Desk& desk_;
    Notices& notices_;
    std::vector<std::string> sources_;
    OscEchoes echoes_;
    const bool sends_;  ///< to another program, which may echo
    std::vector<char> buffer_ = std::vector<char>(kLongestPacket);
    std::string from_;
    std::atomic<int64_t> messages_ = 0, unusable_ = 0, lost_ = 0;
    std::chrono::steady_clock::time_point reported_;
    std::mutex mutex_;
    std::vector<Answer> answers_;
    DeskClient client_;
    std::atomic<bool> ends_ = false;
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace

extern const SurfaceKind kOscSurface{
    .name = "osc",
    .option = kOscOption,
    .argument = "[ADDRESS:]PORT",
    .help =
        "listen for OSC messages on this UDP port, on this machine alone unless an address is "
        "given; `reverie list osc` shows what it understands",
    .open = [](const std::string& value, const SurfaceContext& context)
        -> std::unique_ptr<Surface> { return std::make_unique<OscSurface>(value, context); }};

}  // namespace reverie
