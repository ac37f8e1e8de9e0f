#include "src/media/shots.h"

#include <cmath>
#include <cstdlib>

#include "src/media/frames/filter_chain.h"
#include "src/media/frames/frame_grid.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

constexpr double kCutScore = 10;  // scdet's own threshold
constexpr double kFlashS = 0.3;   // the longest flash
constexpr double kAlike = 0.4;    // of the distance over a cut
constexpr int kSmallWidth = 320, kColumns = 16, kRows = 9;

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum;
}

}  // namespace

ShotFinder::ShotFinder() = default;
ShotFinder::~ShotFinder() = default;

double ShotFinder::score_of(const VideoFrame& frame) {
    VideoFrame small = shrink_frame(frame, kSmallWidth);
    small.pts = seen_;
    const FramePtr borrowed = borrow_frame(small);
    if (scores_ == nullptr)
        scores_ = std::make_unique<FilterChain>(*borrowed, AVRational{1, 25},
                                                std::vector<FilterChain::Filter>{{"scdet", {}}});
    scores_->push(borrowed.get());
    const FramePtr scored = scores_->pop();
    require(scored != nullptr, "scdet holds a frame back");
    const AVDictionaryEntry* score = av_dict_get(scored->metadata, "lavfi.scd.score", nullptr, 0);
    return score != nullptr ? std::strtod(score->value, nullptr) : 0;
}

void ShotFinder::see(const VideoFrame& frame, double time_s) {
    const double score = score_of(frame);
    glances_.push_back({seen_, time_s, score, sample_grid(frame, kColumns, kRows)});
    if (seen_++ == 0) shots_.push_back({0, time_s, 0});
    while (judged_ < glances_.size() && glances_[judged_].at_s + kFlashS < time_s) judge(judged_++);
    while (judged_ > 0 && glances_.front().at_s + kFlashS < glances_[judged_ - 1].at_s) {
        glances_.pop_front();
        --judged_;
    }
}

void ShotFinder::judge(size_t candidate) {
    const Glance& first = glances_[candidate];
    if (candidate == 0 || first.score < kCutScore || is_flash(candidate)) return;
    shots_.push_back({first.number, first.at_s, first.score});
}

/// Is a picture from before it there again soon after it?
bool ShotFinder::is_flash(size_t candidate) const {
    const double apart = distance(glances_[candidate - 1].grid, glances_[candidate].grid);
    for (size_t before = candidate; before-- > 0;) {
        for (size_t after = candidate; after < glances_.size(); ++after) {
            if (glances_[after].at_s - glances_[before].at_s > kFlashS) break;
            if (distance(glances_[before].grid, glances_[after].grid) < kAlike * apart) return true;
        }
    }
    return false;
}

std::vector<Shot> ShotFinder::finish() {
    while (judged_ < glances_.size()) judge(judged_++);
    return std::move(shots_);
}

}  // namespace reverie
