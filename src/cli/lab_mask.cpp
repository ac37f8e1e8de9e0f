// reverie lab mask INPUT --mask person -o OUTPUT: a mask of every frame of a video, as a picture, to
// look at it or to compare it with one that was drawn by hand. White: all of the dream.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/cli/lab.h"
#include "src/dream/masks/mask_maker.h"
#include "src/dream/masks/mask_name.h"
#include "src/dream/motion/motion.h"
#include "src/render/open_job.h"
#include "src/session/frame_io.h"
#include "src/session/mask_file.h"
#include "src/session/session_options.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"

namespace reverie {
namespace {

struct MaskOptions {
    JobOptions job;
    std::string mask = "person";
};

/// `mask`: 1 × H × W, 0 … 1. Writes three equal components, 0 … 255.
void paint_grey(Device& device, Stream& stream, Pixels<const float> mask, Image& rgb) {
    std::vector<float> values = download_picture(device, stream, mask);
    for (float& value : values) value *= 255;
    rgb.resize(device, mask.width, mask.height, 3);
    for (size_t component = 0; component < 3; ++component) {
        device.upload(stream, rgb.view().data + component * values.size(), values.data(),
                      values.size() * sizeof(float));
    }
    stream.synchronize();
}

void run_mask(const GlobalOptions& globals, const MaskOptions& options) {
    if (!read_mask_name(options.mask)) {
        throw UsageError(
            fmt::format("--mask {}: expected {} or a picture's file", options.mask, mask_names()));
    }
    Term term;
    term.layer = "layer@" + options.mask;  // which layer it were for makes no difference
    const Objective masked{{term}};
    OpenJob open = open_video_job(globals, options.job, Params());
    Device& device = *open.runtime.device;
    Stream& stream = *open.runtime.stream;
    Motion motion(device, FlowOptions::fast());
    MaskMaker masks(device, mask_loader(device));
    FrameUpload upload(open.runtime, open.size);
    DeviceFrame back(device);
    Image grey;
    std::optional<double> before_s;
    while (const std::optional<VideoFrame> frame = open.source->next()) {
        const double time_s = static_cast<double>(frame->pts) * open.info.time_base.value();
        const Pixels<const float> rgb = upload.to_rgb(*frame);
        motion.update(stream, rgb);
        masks.make(stream, rgb,
                   motion.first_frame() ? Pixels<const float>() : motion.flow_backward(),
                   before_s ? time_s - *before_s : 0, masked);
        before_s = time_s;
        paint_grey(device, stream, masks.masks().of(masked).at(0), grey);
        VideoFrame out = open.sink->acquire();
        out.pts = frame->pts;
        out.duration = frame->duration;
        back.from_rgb(stream, grey, out);
        open.sink->write(out);
    }
    if (stop_flag()) throw Interrupted("stopped");
    open.sink->finish();
}

}  // namespace

void add_lab_mask(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<MaskOptions>();
    CLI::App* command = lab.add_subcommand("mask", "A mask of every frame of a video, as pictures");
    command->fallthrough();
    command->add_option("input", options->job.input, "a video or a pattern")->required();
    command
        ->add_option("--mask", options->mask,
                     "person, room, motion, bright, dark or a picture's file")
        ->type_name("MASK")
        ->capture_default_str();
    command->add_option("--size", options->job.size, "WxH, Wx or xH");
    command->add_option("--start", options->job.start, "begin at this time: 12.5, 1:30");
    command->add_option("--duration", options->job.duration, "as long as this: 12.5, 1:30");
    add_output_options(*command, options->job.output);
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_mask(globals, *options); };
    });
}

}  // namespace reverie
