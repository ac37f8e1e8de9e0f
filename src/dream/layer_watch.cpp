#include "src/dream/layer_watch.h"

#include <algorithm>
#include <cmath>

#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {
namespace {

float strength_of(const std::vector<float>& channels, int channel) {
    if (channel >= 0) return channels[static_cast<size_t>(channel)];
    double sum = 0;
    for (const float rms : channels) sum += double{rms} * rms;
    return static_cast<float>(std::sqrt(sum / static_cast<double>(channels.size())));
}

}  // namespace

std::vector<std::pair<Term, float>> LayerWatch::measure(Stream& stream, Pixels<const float> picture,
                                                        const std::vector<Term>& layers,
                                                        bool waits) {
    std::vector<std::pair<Term, float>> strengths;
    std::vector<Tap> taps;
    for (const Term& layer : layers) {
        try {
            taps.push_back(network_->tap(layer.layer, layer.channel, 1));
            strengths.emplace_back(layer, 0.0F);
        } catch (const Error&) {
            continue;
        }
    }
    if (taps.empty() || picture.data == nullptr) return {};
    const double scale = double{kLongSide} / std::max(picture.width, picture.height);
    const auto side = [&](int pixels) {
        return std::max(kLeastSide, static_cast<int>(std::lround(scale * pixels)));
    };
    const int width = side(picture.width), height = side(picture.height);
    try {
        if (!waits && !network_->ready(width, height, taps)) {
            network_->prepare(width, height, taps);
            return {};
        }
        ExecutionPlan& plan = network_->plan(width, height, taps);
        small_.resize(network_->device(), width, height, 3);
        resizer_.resize(stream, picture, small_);
        plan.forward(stream, small_);
        for (size_t i = 0; i < taps.size(); ++i)
            strengths[i].second =
                strength_of(plan.channel_rms(stream, taps[i].node), taps[i].channel);
    } catch (const OutOfMemory&) {
        throw;
    } catch (const DeviceError&) {
        throw;
    } catch (const Error&) {
        return {};
    }
    return strengths;
}

}  // namespace reverie
