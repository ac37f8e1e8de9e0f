#include "src/session/presence_watch.h"

#include <algorithm>
#include <cmath>

#include "src/dream/state_archive.h"
#include "src/media/frames/frame_grid.h"

namespace reverie {
namespace {

constexpr int kColumns = 48, kRows = 27;
constexpr double kEveryS = 0.1;
constexpr double kSmoothS = 0.25;

}  // namespace

std::vector<float> PresenceWatch::flow_grid(Stream& stream, Pixels<const float> flow,
                                            float& width_px) {
    width_px = static_cast<float>(flow.width);
    small_flow_.resize(*device_, kColumns, kRows, 2);
    resizer_.resize(stream, flow, small_flow_);
    std::vector<float> grid(static_cast<size_t>(small_flow_.cview().size()));
    device_->download(stream, grid.data(), small_flow_.cview().data, grid.size() * sizeof(float));
    return grid;
}

bool PresenceWatch::look(Stream& stream, const VideoFrame& frame, Pixels<const float> flow,
                         double flow_dt_s, double time_s) {
    if (looked_s_ >= 0 && time_s - looked_s_ < kEveryS) return false;
    const double dt_s = looked_s_ < 0 ? kEveryS : std::min(time_s - looked_s_, 1.0);
    looked_s_ = time_s;
    std::vector<float> grid = sample_grid(frame, kColumns, kRows);
    repeats_ = grid == before_;
    float moves = 0;
    if (flow.data != nullptr && flow_dt_s > 0) {
        float width_px = 0;
        const std::vector<float> vectors = flow_grid(stream, flow, width_px);
        moves = moving_share(vectors, grid, before_, flow_dt_s, width_px);
    } else {
        moves = changed_share(grid, before_);
    }
    const auto share = static_cast<float>(1 - std::exp(-dt_s / kSmoothS));
    motion_ += share * (moves - motion_);
    difference_ += share * (background_.observe(grid, dt_s) - difference_);
    before_ = std::move(grid);
    return true;
}

void PresenceWatch::keep(StateArchive& archive) {
    background_.keep(archive);
    archive.values(before_);
    archive.value(looked_s_);
    archive.value(motion_);
    archive.value(difference_);
    archive.value(repeats_);
}

void PresenceWatch::look_at_nothing() {
    motion_ = difference_ = 0;
    repeats_ = false;
    before_.clear();
}

}  // namespace reverie
