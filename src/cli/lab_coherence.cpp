// reverie lab coherence DREAM SOURCE: how well a dream sticks to its video. Each frame is compared
// with the one before, carried along the motion of the source, where both are visible.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/ops.h"
#include "src/cli/lab.h"
#include "src/dream/motion/motion.h"
#include "src/session/frame_io.h"
#include "src/session/picture_file.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/size.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

struct CoherenceOptions {
    std::string dream, source, start, duration;
    bool json = false;
};

/// Sums over all frames.
struct CoherenceSums {
    double warp_squares = 0, source_squares = 0, visible_values = 0;
    double difference = 0, values = 0;
    int64_t frames = 0;
};

/// The confidence from which on a pixel counts as visible in both frames.
constexpr float kVisible = 0.5F;

class CoherenceMeter {
  public:
    explicit CoherenceMeter(Runtime& runtime)
        : runtime_(runtime), motion_(*runtime.device, FlowOptions::fine()) {}

    /// Both 3 × H × W, 0 … 255, of one size.
    void add(Pixels<const float> dream, Pixels<const float> source) {
        Stream& stream = *runtime_.stream;
        motion_.update(stream, source);
        const std::vector<float> dream_now = download_picture(*runtime_.device, stream, dream);
        const std::vector<float> source_now = download_picture(*runtime_.device, stream, source);
        for (size_t i = 0; i < dream_now.size(); ++i)
            sums_.difference += std::abs(dream_now[i] - source_now[i]);
        sums_.values += static_cast<double>(dream_now.size());
        if (!motion_.first_frame()) {
            const std::vector<float> confidence =
                download_picture(*runtime_.device, stream, motion_.confidence());
            sums_.warp_squares += warped_squares(previous_dream_, dream_now, confidence);
            sums_.source_squares += warped_squares(previous_source_, source_now, confidence);
            for (const float c : confidence) sums_.visible_values += c > kVisible ? 3 : 0;
        }
        keep(previous_dream_, dream);
        keep(previous_source_, source);
        ++sums_.frames;
    }

    const CoherenceSums& sums() const { return sums_; }

  private:
    /// Σ (now - warp(previous))² over the visible pixels.
    double warped_squares(const Image& previous, const std::vector<float>& now,
                          const std::vector<float>& confidence) {
        warped_.resize(*runtime_.device, previous.width(), previous.height(), 3);
        runtime_.device->ops().warp(*runtime_.stream, previous, motion_.flow_backward(), warped_);
        const std::vector<float> warped =
            download_picture(*runtime_.device, *runtime_.stream, warped_);
        double squares = 0;
        for (size_t i = 0; i < now.size(); ++i) {
            if (confidence[i % confidence.size()] <= kVisible) continue;
            const double difference = now[i] - warped[i];
            squares += difference * difference;
        }
        return squares;
    }

    void keep(Image& image, Pixels<const float> rgb) {
        image.resize(*runtime_.device, rgb.width, rgb.height, 3);
        runtime_.device->copy(*runtime_.stream, image.view().data, rgb.data,
                              static_cast<size_t>(rgb.size()) * sizeof(float));
    }

    Runtime& runtime_;
    Motion motion_;
    Image previous_dream_, previous_source_, warped_;
    CoherenceSums sums_;
};

void print_result(const CoherenceSums& sums, bool json) {
    const double visible = std::max(1.0, sums.visible_values);
    const double warp_error = std::sqrt(sums.warp_squares / visible);
    const double source_error = std::sqrt(sums.source_squares / visible);
    const double strength = sums.difference / std::max(1.0, sums.values);
    const double pair_values =
        sums.values * static_cast<double>(sums.frames - 1) / static_cast<double>(sums.frames);
    if (!json) {
        print_out("warping error {:.2f} (the source's own {:.2f}) at strength {:.2f}, {} frames\n",
                  warp_error, source_error, strength, sums.frames);
        return;
    }
    const nlohmann::ordered_json result{
        {"warp_error", warp_error},
        {"source_error", source_error},
        {"strength", strength},
        {"frames", sums.frames},
        {"visible_share", sums.visible_values / std::max(1.0, pair_values)}};
    print_out("{}\n", result.dump(2));
}

void run_coherence(const GlobalOptions& globals, const CoherenceOptions& options) {
    SourceOptions source_options;
    source_options.stop = &stop_flag();
    const std::unique_ptr<Source> dream = open_source(options.dream, source_options);
    source_options.width = dream->info().width;
    source_options.height = dream->info().height;
    if (!options.start.empty()) source_options.start_s = parse_seconds(options.start, "--start");
    if (!options.duration.empty())
        source_options.duration_s = parse_seconds(options.duration, "--duration");
    const std::unique_ptr<Source> source = open_source(options.source, source_options);
    Runtime runtime = open_device_only(globals);
    const Size size{dream->info().width, dream->info().height};
    FrameUpload upload_dream(runtime, size), upload_source(runtime, size);
    CoherenceMeter meter(runtime);
    while (true) {
        const std::optional<VideoFrame> dream_frame = dream->next();
        const std::optional<VideoFrame> source_frame = source->next();
        if (!dream_frame || !source_frame) break;
        meter.add(upload_dream.to_rgb(*dream_frame), upload_source.to_rgb(*source_frame));
        if (stop_flag()) throw Interrupted("stopped");
    }
    if (meter.sums().frames < 2)
        throw Error(
            fmt::format("{} and {} have no two frames in common", options.dream, options.source));
    print_result(meter.sums(), options.json);
}

}  // namespace

void add_lab_coherence(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<CoherenceOptions>();
    CLI::App* command = lab.add_subcommand("coherence", "How steadily a dream follows its video");
    command->fallthrough();
    command->add_option("dream", options->dream, "a rendered dream")->required();
    command->add_option("source", options->source, "what it was rendered from")->required();
    command->add_option("--start", options->start, "of the source, as it was rendered");
    command->add_option("--duration", options->duration, "of the source, as it was rendered");
    command->add_flag("--json", options->json, "warp_error, source_error, strength");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_coherence(globals, *options); };
    });
}

}  // namespace reverie
