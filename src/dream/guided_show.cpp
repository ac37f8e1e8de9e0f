#include "src/dream/guided_show.h"

#include "kernels/ops.h"

namespace reverie {

void show_along_guide(Stream& stream, Device& device, Resizer& resizer, Pixels<const float> base,
                      Pixels<const float> added, const Guide& guide, Pixels<float> dst) {
    Ops& ops = device.ops();
    resizer.resize(stream, added, guide.resampled);
    resizer.resize(stream, guide.small, guide.smooth);
    ops.slope_on_guide(stream, added, guide.small, kGuideNoise, guide.slope);
    ops.show_guided(stream, base, {guide.resampled, guide.whole, guide.smooth, guide.slope}, dst);
}

size_t GuidedShow::bytes(size_t frame_pixels, size_t dream_pixels) {
    constexpr size_t kOfFrame = 3 * 3, kOfDream = 3 * 3 + 1;  // floats a pixel
    return sizeof(float) * (kOfFrame * frame_pixels + kOfDream * dream_pixels);
}

Pixels<const float> GuidedShow::smaller(Stream& stream, Pixels<const float> frame, int width,
                                        int height) {
    small_.resize(*device_, width, height, 3);
    resizer_.resize(stream, frame, small_);
    return small_;
}

Pixels<const float> GuidedShow::composite(Stream& stream, Pixels<const float> frame,
                                          Pixels<const float> shown) {
    Ops& ops = device_->ops();
    added_.resize(*device_, shown.width, shown.height, 3);
    slope_.resize(*device_, shown.width, shown.height, 3);
    small_guide_.resize(*device_, shown.width, shown.height, 1);
    resampled_.resize(*device_, frame.width, frame.height, 3);
    shown_.swap(shown_before_);
    shown_.resize(*device_, frame.width, frame.height, 3);
    ops.add_scaled(stream, shown, -1.0F, small_, added_);
    // Borrows the memory of the picture to show, which is written only afterwards.
    const Guide guide{shown_.view().plane(0), small_guide_.view(), shown_.view().plane(1),
                      resampled_.view(), slope_.view()};
    ops.luma(stream, small_, guide.small);
    ops.luma(stream, frame, guide.whole);
    show_along_guide(stream, *device_, resizer_, frame, added_, guide, shown_);
    return shown_;
}

}  // namespace reverie
