// What a fade has just passed through and was sent to another program, which may send it back a
// moment later: taken for a hand's, it would hold the fade up.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "src/control/osc/osc_packet.h"

namespace reverie {

/// Thread-safety: safe.
class OscEchoes {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr auto kLongestWay = std::chrono::milliseconds(500);  ///< there and back
    static constexpr size_t kMostValues = 64;                            ///< of an address

    /// The address has come to this value, by time and by no hand on a control of it.
    void passed(const OscMessage& message, Clock::time_point now);
    /// Whether the message says what a fade has passed of late.
    bool is_echo(const OscMessage& message, Clock::time_point now) const;

  private:
    using Value = std::variant<float, std::string>;
    static std::optional<Value> value_of(const OscMessage& message);
    struct Passed {
        Value value;
        Clock::time_point at;
    };
    mutable std::mutex mutex_;
    std::map<std::string, std::deque<Passed>> values_;
};

}  // namespace reverie
