#include "src/session/mask_file.h"

#include <fmt/format.h>

#include "kernels/ops.h"
#include "src/session/picture_file.h"
#include "src/util/error.h"
#include "src/util/notices.h"

namespace reverie {

MaskLoader mask_loader(Device& device) {
    return [&device](Stream& stream, const std::string& file) {
        const Picture picture = load_picture(device, stream, file);
        if (!picture.info.still)
            throw Error(fmt::format("@{}: this is a video, and a mask is a picture", file));
        Image mask(device, picture.rgb.width(), picture.rgb.height(), 1);
        device.ops().luma(stream, picture.rgb, mask);
        device.ops().scale_offset(stream, mask, 1.0F / 255, 0, mask);
        return mask;
    };
}

MaskLoader mask_loader(Device& device, Notices& notices) {
    return
        [&device, &notices, load = mask_loader(device)](Stream& stream, const std::string& file) {
            try {
                return load(stream, file);
            } catch (const DeviceError&) {
                throw;
            } catch (const Error& error) {
                notices.post(fmt::format("@{}: {}", file, error.what()), Severity::error);
                constexpr float kNothing = 0;
                Image mask(device, 1, 1, 1);
                device.upload(stream, mask.view().data, &kNothing, sizeof kNothing);
                stream.synchronize();
                return mask;
            }
        };
}

}  // namespace reverie
