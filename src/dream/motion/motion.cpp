#include "src/dream/motion/motion.h"

#include "kernels/ops.h"
#include "src/dream/motion/flow_pyramid.h"
#include "src/dream/state_archive.h"
#include "src/util/error.h"

namespace reverie {

FlowOptions FlowOptions::fast() { return {}; }

FlowOptions FlowOptions::live() {
    FlowOptions options;
    options.finest_level = 2;
    options.solve.finest_search = 2;
    return options;
}

FlowOptions FlowOptions::fine() {
    FlowOptions options;
    options.finest_level = 0;
    options.solve.finest_search = 0;
    options.solve.refinements = 1;
    options.solve.coarse_refinements = 2;
    options.solve.refinement.iterations = 16;
    options.solve.refinement.rho = 0.98f;
    return options;
}

Motion::Motion(Device& device, FlowOptions options)
    : device_(&device), options_(options), graph_(device) {}

Motion::~Motion() = default;
Motion::Motion(Motion&&) noexcept = default;
Motion& Motion::operator=(Motion&&) noexcept = default;

void Motion::update(Stream& stream, Pixels<const float> rgb) {
    require(rgb.channels == 3 && rgb.size() > 0, "motion: a picture with 3 channels is needed");
    first_ =
        pyramid_ == nullptr || pyramid_->width() != rgb.width || pyramid_->height() != rgb.height;
    if (first_) begin(stream, rgb.width, rgb.height);
    pyramid_->turn();
    if (first_) return pyramid_->fill(stream, rgb);
    graph_.run(stream, [&] { find(stream, rgb); });
}

void Motion::find(Stream& stream, Pixels<const float> rgb) {
    pyramid_->fill(stream, rgb);
    pyramid_->solve(stream);
    pyramid_->expand(stream, backward_);
    pyramid_->confidence(stream, confidence_);
}

void Motion::keep(StateArchive& archive) {
    int width = pyramid_ != nullptr ? pyramid_->width() : 0;
    int height = pyramid_ != nullptr ? pyramid_->height() : 0;
    archive.value(width);
    archive.value(height);
    if (archive.restores()) {
        pyramid_.reset();
        if (width > 0) begin(archive.stream(), width, height);
    }
    if (pyramid_ == nullptr) return;
    pyramid_->keep(archive);
    archive.value(first_);
    archive.image(backward_);
}

void Motion::begin(Stream& stream, int width, int height) {
    pyramid_.reset();  // until all is there
    backward_.resize(*device_, width, height, 2);
    confidence_.resize(*device_, width, height, 1);
    for (const Image* image : {&backward_, &confidence_}) {
        const Pixels<float> view = image->view();
        device_->clear(stream, view.data, static_cast<size_t>(view.size()) * sizeof(float));
    }
    pyramid_ =
        std::make_unique<FlowPyramid>(*device_, stream, width, height, kFlowDirections, options_);
}

void estimate_flow(Device& device, Stream& stream, Pixels<const float> a, Pixels<const float> b,
                   Pixels<float> dst, const FlowOptions& options) {
    require(a.channels == 3 && b.channels == 3 && dst.channels == 2,
            "flow: two RGB pictures and a picture of two channels are needed");
    require(same_size(a, b) && same_size(a, dst),
            "flow: the pictures differ in size; scale one to the other's size first");
    FlowPyramid pyramid(device, stream, a.width, a.height, 1, options);
    pyramid.push(stream, b);
    pyramid.push(stream, a);
    pyramid.solve(stream);
    pyramid.expand(stream, dst);
    stream.synchronize();
}

}  // namespace reverie
