#include "src/media/pattern.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "src/media/frames/frame_pool.h"
#include "src/media/patterns/pattern_kind.h"
#include "src/util/error.h"

namespace reverie {

extern const PatternKind kClouds, kFlight, kInk, kInkblot, kNoise, kWalker;

namespace {

/// The first one is used if there is no other source.
constexpr std::array kPatterns{&kClouds, &kWalker, &kFlight, &kInk, &kInkblot, &kNoise};

constexpr int kUsualWidth = 640, kUsualHeight = 360;

int width_of(const SourceOptions& options) {
    return options.width > 0 ? options.width : kUsualWidth;
}
int height_of(const SourceOptions& options) {
    return options.height > 0 ? options.height : kUsualHeight;
}

const PatternKind& find_pattern(const std::string& name) {
    const auto* found = std::find_if(kPatterns.begin(), kPatterns.end(),
                                     [&](const PatternKind* kind) { return kind->name == name; });
    if (found != kPatterns.end()) return **found;
    std::string all;
    for (const std::string& known : pattern_names()) all += (all.empty() ? "" : ", ") + known;
    throw UsageError("there is no pattern '" + name + "'" + did_you_mean(name, pattern_names()) +
                     " (" + all + ")");
}

class PatternSource : public Source {
  public:
    PatternSource(const PatternKind& kind, const SourceOptions& options)
        : start_s_(options.start_s),
          pattern_(kind.make(width_of(options), height_of(options), options.seed)) {
        constexpr Rational kRate{25, 1};
        constexpr double kDuration_s = 10;
        info_.name = pattern_spec(kind.name);
        info_.pixel_format = "gbrp";
        info_.width = width_of(options);
        info_.height = height_of(options);
        info_.format = planar_gbr(8);
        info_.frame_rate = options.fps.known() ? options.fps : kRate;
        info_.time_base = {info_.frame_rate.den, info_.frame_rate.num};
        info_.duration_s = options.duration_s > 0 ? options.duration_s : kDuration_s;
        info_.frame_count =
            std::max<int64_t>(1, std::llround(info_.duration_s * info_.frame_rate.value()));
        pool_.emplace(info_.format, info_.width, info_.height);
    }

    const SourceInfo& info() const override { return info_; }

    std::optional<VideoFrame> next() override {
        if (count_ >= info_.frame_count) return std::nullopt;
        VideoFrame frame = pool_->acquire();
        const double time_s = start_s_ + static_cast<double>(count_) * info_.time_base.value();
        pattern_->draw(time_s, frame.planes);
        frame.pts = count_++;
        frame.duration = 1;
        return frame;
    }

  private:
    SourceInfo info_;
    double start_s_;
    std::unique_ptr<Pattern> pattern_;
    std::optional<FramePool> pool_;
    int64_t count_ = 0;
};

}  // namespace

std::vector<std::string> pattern_names() {
    std::vector<std::string> names;
    for (const PatternKind* kind : kPatterns) names.emplace_back(kind->name);
    return names;
}

std::string pattern_help(const std::string& name) { return find_pattern(name).help; }

std::string pattern_spec(const std::string& name) { return kPatternPrefix + name; }

std::string usual_pattern() { return pattern_spec(kPatterns.front()->name); }

void require_pattern(const std::string& name) { find_pattern(name); }

std::unique_ptr<Source> open_pattern(const std::string& name, const SourceOptions& options) {
    return std::make_unique<PatternSource>(find_pattern(name), options);
}

bool pattern_flow(const std::string& name, const SourceOptions& options, double time_s,
                  double earlier_s, float* flow) {
    const PatternKind& kind = find_pattern(name);
    if (kind.flow == nullptr) return false;
    kind.flow(width_of(options), height_of(options), options.seed, time_s, earlier_s, flow);
    return true;
}

}  // namespace reverie
