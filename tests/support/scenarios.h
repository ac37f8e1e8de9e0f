// Everything that dreams, in short runs that return all their pictures: for tests that compare
// devices.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "src/dream/feedback.h"
#include "src/dream/guided_show.h"
#include "src/dream/pipeline.h"
#include "src/dream/probe.h"
#include "src/dream/steering/flash_limiter.h"
#include "src/dream/temporal_dream.h"
#include "src/media/frames/device_frame.h"
#include "tests/support/pixel_formats.h"
#include "tests/support/rig.h"

namespace reverie::test::scenario {

using Picture = std::vector<float>;

inline constexpr int kWidth = 113, kHeight = 79, kFrames = 9;
inline constexpr size_t kBytes = size_t{3} * kWidth * kHeight * sizeof(float);

/// A device with a stream and a network.
struct On {
    explicit On(std::unique_ptr<Device> made)
        : device(std::move(made)),
          stream(device->make_stream()),
          network(*device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32) {}

    /// A frame that moves.
    void show(int index, const Image& image) {
        const Picture large = test::random_picture(kWidth + kFrames, kHeight + kFrames, 5);
        Picture values;
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < kHeight; ++y) {
                const auto row = large.begin() +
                                 (static_cast<ptrdiff_t>(c) * (kHeight + kFrames) + y + index / 2) *
                                     (kWidth + kFrames) +
                                 index;
                values.insert(values.end(), row, row + kWidth);
            }
        }
        device->upload(*stream, image.view().data, values.data(), kBytes);
        std::fill(values.begin(), values.end(), -1e9F);  // the host may reuse its memory
    }
    Picture down(Pixels<const float> image) {
        Picture values(static_cast<size_t>(image.size()));
        device->download(*stream, values.data(), image.data, values.size() * sizeof(float));
        return values;
    }

    std::unique_ptr<Device> device;
    std::unique_ptr<Stream> stream;
    Network network;
};

inline Params moving_params() {
    Params params = test::quick_params();
    params.octaves = 2;
    params.zoom = 1.2F;
    params.rotation = 20;
    params.occlusion = 0.6F;
    return params;
}

inline std::vector<Picture> video(On& on, int laplacian) {
    Params params = moving_params();
    params.laplacian = laplacian;
    Pipeline pipeline(*on.device, on.network, 0);
    const Image frame(*on.device, kWidth, kHeight, 3);
    std::vector<Picture> shown;
    for (int i = 0; i < kFrames; ++i) {
        on.show(i, frame);
        if (i == 6) params.objective = parse_objective("0.3*inception_3b + conv2");
        shown.push_back(on.down(pipeline.next(*on.stream, frame.cview(), 0.04 * i, params)));
    }
    return shown;
}

inline std::vector<Picture> tiles(On& on) {
    Params params = moving_params();
    params.octaves = 1;
    const size_t least = Dreamer::least_network_bytes(on.network, 2 * kWidth, 2 * kHeight, params);
    Pipeline pipeline(*on.device, on.network, least * 11 / 10);
    const Image frame(*on.device, 2 * kWidth, 2 * kHeight, 3);
    const Picture values = test::random_picture(2 * kWidth, 2 * kHeight, 3);
    std::vector<Picture> shown;
    for (int i = 0; i < 3; ++i) {
        on.device->upload(*on.stream, frame.view().data, values.data(), 4 * kBytes);
        shown.push_back(on.down(pipeline.next(*on.stream, frame.cview(), 0.04 * i, params)));
    }
    return shown;
}

inline std::vector<Picture> zoom(On& on) {
    Params params = moving_params();
    params.homeostasis = 0.7F;
    Feedback feedback(*on.device, on.network, 0);
    const Image frame(*on.device, kWidth, kHeight, 3);
    std::vector<Picture> shown;
    for (int i = 0; i < kFrames; ++i) {
        on.show(0, frame);
        shown.push_back(on.down(feedback.next(*on.stream, frame.cview(), 0.04 * i, params)));
    }
    return shown;
}

/// As in a live show: the dream has a stream of its own and is some frames late.
inline std::vector<Picture> show(On& on) {
    const Params params = moving_params();
    const std::unique_ptr<Stream> beside = on.device->make_stream();
    TemporalDream late(*on.device, TemporalOptions::live());
    Dreamer dreamer(on.network, 0);
    FlashLimiter limiter(*on.device);
    DreamJob job;
    ProbeResult probe;
    ProbePictures looked_at;
    std::vector<Picture> shown;
    const Image frames[] = {Image(*on.device, kWidth, kHeight, 3),
                            Image(*on.device, kWidth, kHeight, 3)};
    for (int i = 0; i < 3 * kFrames; ++i) {
        const Image& frame = frames[i % 2];
        on.show(i % kFrames, frame);
        late.advance(*on.stream, frame.cview(), 0.04 * i, params);
        if (i % 3 == 2) late.finish(*on.stream, job);
        if (i % 3 == 0) {
            late.begin(*on.stream, params, push_for(params, late.since_dreamed()), job);
            on.stream->synchronize();
            dreamer.dream(*beside, job.frame.cview(), job.params, job.index, job.residual.view());
            beside->synchronize();
            probe = probe_activations(*beside, on.network, dreamer.memory_bytes(),
                                      job.frame.cview(), job.residual.cview(), params.objective,
                                      {.layers = true, .map = true}, looked_at);
        }
        const Pixels<const float> picture =
            limiter.limit(*on.stream, late.composite(*on.stream, 1), 0.04 * i);
        shown.push_back(on.down(picture));
    }
    shown.push_back(probe.map);
    shown.push_back(probe.channels);
    return shown;
}

/// As in a live show on a slow machine: dreams are smaller than the flow's picture, which is
/// smaller than what is shown.
inline std::vector<Picture> smaller(On& on) {
    Params params = moving_params();
    params.octaves = 1;
    const int width = kWidth * 4 / 5, height = kHeight * 4 / 5;
    TemporalDream late(*on.device, TemporalOptions::live());
    GuidedShow guided(*on.device);
    Dreamer dreamer(on.network, 0);
    DreamJob job;
    std::vector<Picture> shown;
    const Image frame(*on.device, kWidth, kHeight, 3);
    for (int i = 0; i < kFrames; ++i) {
        on.show(i, frame);
        late.advance(*on.stream, guided.smaller(*on.stream, frame.cview(), width, height), 0.04 * i,
                     params);
        late.begin(*on.stream, params, push_for(params, late.since_dreamed()), job);
        dreamer.dream(*on.stream, job.frame.cview(), job.params, job.index, job.residual.view(),
                      {.scale = 0.7F});
        late.finish(*on.stream, job);
        shown.push_back(
            on.down(guided.composite(*on.stream, frame.cview(), late.composite(*on.stream, 1))));
    }
    return shown;
}

/// Of each kind that cameras and files have.
inline std::vector<PixelFormat> formats() {
    return {planar_yuv(8, 1, 1, ColorMatrix::bt709, false),
            planar_yuv(10, 1, 0, ColorMatrix::bt2020, true),
            planar_yuv(16, 0, 0, ColorMatrix::bt601, false),
            planar_yuv(8, 2, 2, ColorMatrix::fcc, true),
            planar_gbr(12),
            packed_rgb(8, 3),
            packed_rgb(8, 4),
            nv12(),
            p010(),
            yuyv()};
}

/// Of each format to RGB and back, at an odd size.
inline std::vector<Picture> conversion(On& on) {
    std::vector<Picture> all;
    const std::unique_ptr<Stream> leaving = on.device->make_stream();
    DeviceFrame up(*on.device), back(*on.device, leaving.get());
    const Image rgb(*on.device, kWidth, kHeight, 3);
    std::mt19937 random(3);
    for (const PixelFormat& format : formats()) {
        const VideoFrame frame = make_frame(format, kWidth, kHeight);
        VideoFrame out = make_frame(format, kWidth, kHeight);
        const auto each_row = [&](const VideoFrame& of, auto use) {
            for (int p = 0; p < format.planes; ++p) {
                for (int y = 0; y < format.plane_height(p, kHeight); ++y)
                    use(of.planes.data[p] + y * of.planes.stride_bytes[p],
                        format.row_bytes(p, kWidth));
            }
        };
        each_row(frame, [&](uint8_t* row, size_t bytes) {
            const auto last = static_cast<uint32_t>((1 << format.bits) - 1);
            for (size_t i = 0; i < bytes; i += format.sample_bytes) {
                const uint32_t value = (random() & last) << format.shift;
                row[i] = static_cast<uint8_t>(value);
                if (format.sample_bytes == 2) row[i + 1] = static_cast<uint8_t>(value >> 8U);
            }
        });
        up.to_rgb(*on.stream, frame, rgb.view());
        back.from_rgb(*on.stream, rgb.cview(), out);
        all.push_back(on.down(rgb.cview()));
        Picture bytes;
        // A packed pair of pixels that the edge cuts has a sample that nobody writes.
        const bool pairs = format.planes == 1 && format.subsampled();
        each_row(out, [&](const uint8_t* row, size_t count) {
            bytes.insert(bytes.end(), row, row + (pairs ? count - 2 : count));
        });
        all.push_back(bytes);
    }
    return all;
}

/// The flow back, and its confidence, of each kind.
inline std::vector<Picture> motion(On& on) {
    std::vector<Picture> all;
    for (const FlowOptions& options :
         {FlowOptions::fast(), FlowOptions::live(), FlowOptions::fine()}) {
        Motion motion(*on.device, options);
        const Image frame(*on.device, kWidth, kHeight, 3);
        for (int i = 0; i < 5; ++i) {
            on.show(i, frame);
            motion.update(*on.stream, frame.cview());
        }
        all.push_back(on.down(motion.flow_backward()));
        all.push_back(on.down(motion.confidence()));
    }
    return all;
}

struct Scenario {
    std::string name;
    std::function<std::vector<Picture>(On&)> run;
    bool recorded;     ///< some of its work is captured
    double tolerance;  ///< mean distance of each result between devices that add in another order
};

inline std::ostream& operator<<(std::ostream& out, const Scenario& s) { return out << s.name; }

inline const std::vector<Scenario>& all() {
    static const std::vector<Scenario> scenarios{
        {"video", [](On& on) { return video(on, 0); }, true, 2.55},
        {"laplacian", [](On& on) { return video(on, 2); }, true, 2.55},
        {"tiles", tiles, false, 2.55},
        {"zoom", zoom, false, 5},
        {"show", show, true, 2.55},
        {"smaller", smaller, true, 2.55},
        {"conversion", conversion, false, 0.01},
        {"motion", motion, true, 0.05},
    };
    return scenarios;
}

}  // namespace reverie::test::scenario
