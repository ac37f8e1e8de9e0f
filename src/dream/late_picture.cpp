#include "src/dream/late_picture.h"

#include "src/dream/state_archive.h"

namespace reverie {

LatePicture::LatePicture(Device& device, const TemporalOptions& options)
    : device_(&device), dream_(device, options), guided_(device) {}

Pixels<const float> LatePicture::fit(Stream& stream, Pixels<const float> rgb, Size dream_size) {
    rgb_ = rgb;
    smaller_ = dream_size.width != rgb.width || dream_size.height != rgb.height;
    return smaller_ ? guided_.smaller(stream, rgb, dream_size.width, dream_size.height) : rgb;
}

Pixels<const float> LatePicture::show(Stream& stream, float strength, Panic panic) {
    Pixels<const float> picture = dream_.composite(stream, strength);
    if (smaller_) picture = guided_.composite(stream, rgb_, picture);
    return in_panic(stream, picture, panic);
}

/// The dream goes on behind it.
Pixels<const float> LatePicture::in_panic(Stream& stream, Pixels<const float> picture,
                                          Panic panic) {
    if (panic == Panic::black || panic == Panic::hold) {
        const Pixels<const float> made = panic_picture_;
        const bool same_size = made.width == picture.width && made.height == picture.height;
        if (panic != panicked_ || !same_size) {
            panic_picture_.resize(*device_, picture.width, picture.height, picture.channels);
            float* pixels = panic_picture_.view().data;
            const size_t bytes = picture.size() * sizeof(float);
            if (panic == Panic::hold)
                device_->copy(stream, pixels, picture.data, bytes);
            else
                device_->clear(stream, pixels, bytes);
        }
        picture = panic_picture_;
    } else if (panic == Panic::source) {
        picture = rgb_;
    }
    panicked_ = panic;
    return picture;
}

void LatePicture::keep(StateArchive& archive) {
    dream_.keep(archive);
    archive.value(panicked_);
    archive.image(panic_picture_);
}

}  // namespace reverie
