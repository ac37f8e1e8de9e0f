#include "src/net/guides.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "src/util/error.h"

namespace reverie {

GuideFeatures collect_features(const std::vector<std::vector<float>>& activations, int channels,
                               int most) {
    static std::atomic<int> number = 0;
    size_t places = 0;
    for (const std::vector<float>& each : activations) places += each.size() / channels;
    require(places > 0, "a guide must have a place that a layer sees");
    GuideFeatures features;
    features.channels = channels;
    features.key = fmt::format("guide {}", ++number);
    const size_t kept = std::min(places, static_cast<size_t>(most));
    std::vector<double> sum(channels, 0.0);
    size_t place = 0;
    for (const std::vector<float>& each : activations) {
        const size_t here = each.size() / channels;
        for (size_t i = 0; i < here; ++i, ++place) {
            // kept of all places, evenly: where the count of those kept rises.
            const bool keep = (place + 1) * kept / places > place * kept / places;
            for (int c = 0; c < channels; ++c) {
                const float a = each[c * here + i];
                sum[c] += a;
                if (keep) features.values.push_back(a);
            }
        }
    }
    for (const double s : sum)
        features.mean.push_back(static_cast<float>(s / static_cast<double>(places)));
    return features;
}

}  // namespace reverie
