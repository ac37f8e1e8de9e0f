#include "src/dream/motion/flow_pyramid.h"

#include <algorithm>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"

namespace reverie {
namespace {

constexpr int kSmallestSide = 12;  // of the coarsest level: a patch and a half

}  // namespace

FlowPyramid::FlowPyramid(Device& device, Stream& stream, int width, int height, int directions,
                         const FlowOptions& options)
    : device_(&device), options_(options), width_(width), height_(height), directions_(directions) {
    int w = width;
    int h = height;
    while (levels_.empty() ||
           (std::min(w, h) >= kSmallestSide && levels_.size() < FlowLevels::kMost)) {
        levels_.push_back({w, h, {}, {}});
        w = (w + 1) / 2;
        h = (h + 1) / 2;
    }
    finest_ = std::min(options.finest_level, static_cast<int>(levels_.size()) - 1);
    if (std::min(width, height) < kPatchSize) {
        levels_.resize(1);
        finest_ = 1;
    }
    lay_out(nullptr);
    memory_ = Buffer<float>(device, values_);
    // The borders of the flow's planes are zero and stay zero, as do the weights where no patch
    // lies.
    device.clear(stream, memory_.data(), memory_.bytes());
    lay_out(memory_.data());
}

void FlowPyramid::lay_out(float* memory) {
    values_ = 0;
    const auto take = [&](size_t count) {
        float* at = memory == nullptr ? nullptr : memory + values_;
        values_ += (count + 15) / 16 * 16;
        return at;
    };
    for (int l = 0; l < static_cast<int>(levels_.size()); ++l) {
        Level& level = levels_[l];
        const size_t size = plane_size(level.width, level.height);
        const auto plane = [&](Plane& p) {
            float* at = take(size);
            if (at != nullptr) p = make_plane(at, level.width, level.height);
        };
        for (FlowPicture& picture : level.picture) {
            plane(picture.luma);
            if (l < finest_) continue;
            plane(picture.dx);
            plane(picture.dy);
        }
        if (l < finest_) continue;
        const size_t patches =
            3 * static_cast<size_t>(patch_grid(level.width, level.height).count());
        for (int d = 0; d < directions_; ++d) {
            FlowField& f = level.field[d];
            f.patch = take(patches);
            f.patch_next = take(patches);
            for (Plane* p : {&f.u,         &f.v,        &f.weight[0], &f.weight[1], &f.weight[2],
                             &f.weight[3], &f.warped,   &f.a11,       &f.a12,       &f.a22,
                             &f.b1,        &f.b2,       &f.smooth_x,  &f.smooth_y,  &f.last_u,
                             &f.last_v,    &f.other[0], &f.other[1],  &f.other[2],  &f.other[3]}) {
                plane(*p);
            }
            const int columns = light_cells(level.width), rows = light_cells(level.height);
            float* at = take(plane_size(columns, rows));
            if (at != nullptr) f.light = make_plane(at, columns, rows);
        }
    }
}

FlowLevel FlowPyramid::view(int level) const {
    const Level& l = levels_[level];
    FlowLevel v;
    v.width = l.width;
    v.height = l.height;
    v.directions = directions_;
    v.exponent = level;
    for (int d = 0; d < kFlowDirections; ++d) {
        v.from[d] = l.picture[d == 0 ? current_ : 1 - current_];
        v.to[d] = l.picture[d == 0 ? 1 - current_ : current_];
        v.field[d] = l.field[d];
    }
    return v;
}

void FlowPyramid::fill(Stream& stream, Pixels<const float> rgb) {
    if (!has_flow()) return;
    Ops& ops = device_->ops();
    ops.luma_plane(stream, rgb, levels_[0].picture[current_].luma);
    for (size_t l = 1; l < levels_.size(); ++l) {
        ops.halve(stream, levels_[l - 1].picture[current_].luma, levels_[l].picture[current_].luma);
    }
    for (size_t l = finest_; l < levels_.size(); ++l) {
        ops.slopes(stream, levels_[l].picture[current_]);
    }
}

void FlowPyramid::keep(StateArchive& archive) {
    archive.value(current_);
    require(current_ == 0 || current_ == 1, "the kept pyramid is damaged");
    // All of it: in the last digit, a solution depends on the one before.
    archive.memory(memory_.data(), memory_.bytes());
}

void FlowPyramid::solve(Stream& stream) {
    if (!has_flow()) return;
    FlowLevels levels;
    for (int l = static_cast<int>(levels_.size()) - 1; l >= finest_; --l)
        levels.level[levels.count++] = view(l);
    device_->ops().solve_flow(stream, levels, options_.solve);
}

void FlowPyramid::expand(Stream& stream, Pixels<float> dst) const {
    if (has_flow()) {
        device_->ops().expand_flow(stream, view(finest_), 0, dst);
    } else {
        device_->clear(stream, dst.data, static_cast<size_t>(dst.size()) * sizeof(float));
    }
}

void FlowPyramid::confidence(Stream& stream, Pixels<float> dst) const {
    if (has_flow()) {
        device_->ops().confidence(stream, view(finest_), dst);
    } else {
        device_->clear(stream, dst.data, static_cast<size_t>(dst.size()) * sizeof(float));
    }
}

}  // namespace reverie
