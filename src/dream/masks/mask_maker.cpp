#include "src/dream/masks/mask_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kRememberedS = 5;  // a mask that no objective names any more is made so long
constexpr int kColumns = 80;        // cells along the longer side, for a person
constexpr float kAlike = 24;        // of 255: colours of one thing
constexpr float kFeather = 0.006F;  // σ of an edge, in picture widths
constexpr float kBrightStep = 24;   // of 255, beside the mean: half of the way from 0 to 1
constexpr float kNoMotion = 0.02F, kMotion = 0.08F;  // picture widths a second, and between

/// Seconds in which a mask follows what rises and what falls.
struct Pace {
    double rising_s, falling_s;
};

Pace pace_of(MaskKind kind) {
    switch (kind) {
        case MaskKind::person:
            return {0.12, 0.12};
        case MaskKind::motion:
            return {0.08, 0.6};
        case MaskKind::bright:
            return {0.15, 0.15};
        case MaskKind::brush:
        case MaskKind::picture:
        case MaskKind::alpha:
        case MaskKind::second:
            break;
    }
    return {0, 0};
}

float kept(double dt_s, double pace_s) {
    return pace_s > 0 ? static_cast<float>(std::exp(-dt_s / pace_s)) : 0.0F;
}

}  // namespace

bool MaskMaker::needs(const Objective& objective, MaskKind kind) {
    const std::vector<std::string> names = masks_of(objective);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const std::optional<MaskName> mask = read_mask_name(name);
        return mask && mask->kind == kind;
    });
}

bool MaskMaker::needs_motion(const Objective& objective) {
    return needs(objective, MaskKind::person) || needs(objective, MaskKind::motion);
}

size_t MaskMaker::picture_bytes(int width, int height, const Objective& objective) {
    const size_t masks = masks_of(objective).size();
    if (masks == 0) return 0;
    constexpr size_t kOwn = 5;       // what is made and followed; a person; a second picture
    constexpr size_t kCoverage = 4;  // of the picture, of the dream and its octaves
    constexpr size_t kEach = 2;      // a mask, and the copy of it that a late dream takes along
    return sizeof(float) * (kOwn + kCoverage + kEach * masks) * width * height;
}

void MaskMaker::reset() {
    person_.forget();
    wanted_.clear();
    masks_.clear();
}

void MaskMaker::keep(StateArchive& archive) {
    size_t count = wanted_.size();
    archive.value(count);
    auto next = wanted_.begin();
    for (size_t i = 0; i < count; ++i) {
        std::string name = archive.restores() ? "" : next->first;
        archive.value(name);
        Wanted& wanted = archive.restores() ? wanted_[name] : next->second;
        if (archive.restores())
            wanted.name = read_mask_name(name).value_or(MaskName());
        else
            ++next;
        archive.value(wanted.unwanted_s);
        archive.image(masks_.make(name));
    }
    person_.keep(archive);
}

void MaskMaker::want(const Objective& objective, double dt_s) {
    for (auto& [name, wanted] : wanted_) wanted.unwanted_s += dt_s;
    for (const std::string& name : masks_of(objective)) {
        const std::optional<MaskName> mask = read_mask_name(name);
        require(mask.has_value(), fmt::format("@{}: there is no such mask", name));
        Wanted& wanted = wanted_[name];
        wanted.name = *mask;
        wanted.unwanted_s = 0;
    }
    std::erase_if(wanted_, [&](const auto& entry) {
        const bool old = entry.second.unwanted_s > kRememberedS;
        if (old) masks_.remove(entry.first);
        return old;
    });
}

void MaskMaker::make(Stream& stream, Pixels<const float> frame, Pixels<const float> flow,
                     double dt_s, const Objective& objective) {
    want(objective, dt_s);
    if (wanted_.empty()) return;
    person_is_seen_ = false;
    for (Image* image : {&now_, &scratch_}) image->resize(*device_, frame.width, frame.height, 1);
    MaskOps& ops = device_->ops();
    for (auto& [name, wanted] : wanted_) {
        see(stream, wanted, frame, flow, dt_s);
        if (wanted.name.inverted) ops.invert_mask(stream, now_, now_);
        Image& mask = masks_.make(name);
        const bool first = mask.width() != frame.width || mask.height() != frame.height;
        const Pace pace = pace_of(wanted.name.kind);
        // What an opposite loses, the mask itself wins.
        const double rising_s = wanted.name.inverted ? pace.falling_s : pace.rising_s;
        const double falling_s = wanted.name.inverted ? pace.rising_s : pace.falling_s;
        MaskInertia inertia;
        if (!first) inertia = {kept(dt_s, rising_s), kept(dt_s, falling_s)};
        followed_.resize(*device_, frame.width, frame.height, 1);
        ops.follow_mask(stream, now_, first ? now_.cview() : mask.cview(), flow, inertia,
                        followed_);
        mask.swap(followed_);
    }
}

void MaskMaker::see(Stream& stream, Wanted& wanted, Pixels<const float> frame,
                    Pixels<const float> flow, double dt_s) {
    const size_t bytes = static_cast<size_t>(frame.plane_size()) * sizeof(float);
    switch (wanted.name.kind) {
        case MaskKind::bright:
            return see_bright(stream, frame);
        case MaskKind::motion:
            return see_motion(stream, flow, dt_s);
        case MaskKind::person:
            if (!person_is_seen_) see_person(stream, frame, flow, dt_s);
            person_is_seen_ = true;
            return device_->copy(stream, now_.view().data, person_mask_.cview().data, bytes);
        case MaskKind::alpha:
            return see_alpha(stream);
        case MaskKind::second:
            return see_second(stream);
        case MaskKind::brush:
            see_brush(stream, wanted, frame);
            break;
        case MaskKind::picture:
            see_picture(stream, wanted, frame);
            break;
    }
    device_->copy(stream, now_.view().data, wanted.picture.cview().data, bytes);
}

void MaskMaker::see_brush(Stream& stream, Wanted& wanted, Pixels<const float> frame) {
    require(brush_ != nullptr, kNoBrush);
    Image& picture = wanted.picture;
    if (wanted.painted == brush_ && picture.width() == frame.width &&
        picture.height() == frame.height)
        return;
    const std::vector<float>& values = brush_raster_.draw(*brush_, frame.width, frame.height);
    picture.resize(*device_, frame.width, frame.height, 1);
    device_->upload(stream, picture.view().data, values.data(), values.size() * sizeof(float));
    wanted.painted = brush_;
}

void MaskMaker::see_picture(Stream& stream, Wanted& wanted, Pixels<const float> frame) {
    Image& picture = wanted.picture;
    if (picture.width() == frame.width && picture.height() == frame.height) return;
    require(load_ != nullptr, fmt::format("@{}: pictures are no masks here", wanted.name.file));
    const Image whole = load_(stream, wanted.name.file);
    picture.resize(*device_, frame.width, frame.height, 1);
    fit(stream, whole, picture);
    stream.synchronize();
}

void MaskMaker::fill(Stream& stream, float value, Pixels<float> mask) {
    device_->clear(stream, mask.data, static_cast<size_t>(mask.size()) * sizeof(float));
    if (value != 0) device_->ops().scale_offset(stream, mask, 0, value, mask);
}

/// mask = src at its size, 0 … 1: what is resampled overshoots beside an edge.
void MaskMaker::fit(Stream& stream, Pixels<const float> src, Pixels<float> mask) {
    MaskOps& ops = device_->ops();
    resizer_.resize(stream, src, mask);
    for (int end = 0; end < 2; ++end) {
        MaskSum at_most_one;
        at_most_one.mask[0] = mask;
        at_most_one.weight[0] = 1;
        at_most_one.count = 1;
        ops.add_masks(stream, at_most_one, mask);
        ops.invert_mask(stream, mask, mask);
    }
}

void MaskMaker::see_alpha(Stream& stream) {
    const Pixels<const float> alpha = inputs_.alpha;
    if (alpha.data == nullptr) return fill(stream, 1, now_);
    whole_.resize(*device_, alpha.width, alpha.height, 1);
    device_->ops().scale_offset(stream, alpha.plane(0), 1.0F / 255, 0, whole_);
    fit(stream, whole_, now_);
}

void MaskMaker::see_second(Stream& stream) {
    const Pixels<const float> second = inputs_.second;
    if (second.data == nullptr) return fill(stream, 0, now_);
    whole_.resize(*device_, second.width, second.height, 1);
    device_->ops().luma(stream, second, whole_);
    device_->ops().scale_offset(stream, whole_, 1.0F / 255, 0, whole_);
    fit(stream, whole_, now_);
}

void MaskMaker::feather(Stream& stream, float widths, Pixels<float> mask) {
    const float sigma = std::clamp(widths * static_cast<float>(mask.width), 0.5F, kLargestBlur);
    if (sigma != sigma_) {
        const BlurKernel kernel = blur_kernel(sigma);
        device_->upload(stream, blur_.data(), &kernel, sizeof kernel);
        sigma_ = sigma;
    }
    device_->ops().blur(stream, mask, blur_.data(), scratch_, mask);
}

void MaskMaker::see_bright(Stream& stream, Pixels<const float> frame) {
    Ops& ops = device_->ops();
    ops.luma(stream, frame, now_);
    ops.mean(stream, now_, mean_.data());
    feather(stream, kFeather, now_);
    ops.step_mask(stream, now_, -kBrightStep, kBrightStep, mean_.data(), now_);
}

void MaskMaker::see_motion(Stream& stream, Pixels<const float> flow, double dt_s) {
    Ops& ops = device_->ops();
    if (flow.data == nullptr || dt_s <= 0) return fill(stream, 0, now_);
    const double widths_a_second = 1 / (dt_s * flow.width);
    ops.flow_speed(stream, flow, static_cast<float>(widths_a_second), now_);
    feather(stream, kFeather, now_);
    ops.step_mask(stream, now_, kNoMotion, kMotion, nullptr, now_);
}

void MaskMaker::see_person(Stream& stream, Pixels<const float> frame, Pixels<const float> flow,
                           double dt_s) {
    const int longer = std::max(frame.width, frame.height);
    const auto cells = [&](int pixels) {
        return std::clamp(static_cast<int>(std::lround(double{kColumns} * pixels / longer)), 1,
                          pixels);
    };
    const int columns = cells(frame.width), rows = cells(frame.height);
    cells_.resize(*device_, columns, rows, 1);
    cell_colours_.resize(*device_, columns, rows, 3);
    resizer_.resize(stream, frame, cell_colours_);
    const size_t count = static_cast<size_t>(columns) * rows;
    std::vector<float> colours(3 * count), speeds;
    device_->download(stream, colours.data(), cell_colours_.cview().data,
                      colours.size() * sizeof(float));
    if (flow.data != nullptr && dt_s > 0) {
        cell_flow_.resize(*device_, columns, rows, 2);
        resizer_.resize(stream, flow, cell_flow_);
        speeds.resize(2 * count);
        device_->download(stream, speeds.data(), cell_flow_.cview().data,
                          speeds.size() * sizeof(float));
        for (float& v : speeds) v /= static_cast<float>(dt_s * flow.width);
    }
    const std::vector<float>& person = person_.observe(columns, rows, colours, speeds, dt_s);
    device_->upload(stream, cells_.view().data, person.data(), count * sizeof(float));
    person_mask_.resize(*device_, frame.width, frame.height, 1);
    device_->ops().upsample_mask(stream, cells_, cell_colours_, frame, kAlike, person_mask_);
    feather(stream, kFeather / 2, person_mask_);
    device_->ops().step_mask(stream, person_mask_, 0.25F, 0.75F, nullptr, person_mask_);
}

}  // namespace reverie
