#include "src/control/osc/osc_echoes.h"

#include <algorithm>

namespace reverie {

/// As it goes over the network: a number is a float there.
std::optional<OscEchoes::Value> OscEchoes::value_of(const OscMessage& message) {
    if (message.arguments.size() != 1) return std::nullopt;
    if (const auto* number = std::get_if<double>(message.arguments.data()))
        return static_cast<float>(*number);
    if (const auto* whole = std::get_if<int32_t>(message.arguments.data()))
        return static_cast<float>(*whole);
    if (const auto* text = std::get_if<std::string>(message.arguments.data())) return *text;
    return std::nullopt;
}

void OscEchoes::passed(const OscMessage& message, Clock::time_point now) {
    const std::optional<Value> value = value_of(message);
    if (!value) return;
    const std::lock_guard lock(mutex_);
    std::deque<Passed>& values = values_[message.path];
    values.push_back({*value, now});
    if (values.size() > kMostValues) values.pop_front();
}

bool OscEchoes::is_echo(const OscMessage& message, Clock::time_point now) const {
    const std::optional<Value> value = value_of(message);
    if (!value) return false;
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(message.path);
    return found != values_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const Passed& one) {
               return one.value == *value && now - one.at <= kLongestWay;
           });
}

}  // namespace reverie
