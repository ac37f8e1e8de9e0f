#include "src/session/picture_file.h"

#include <fmt/format.h>

#include "src/media/frames/device_frame.h"
#include "src/util/error.h"

namespace reverie {

Picture load_picture(Device& device, Stream& stream, const std::string& path,
                     const SourceOptions& options) {
    const std::unique_ptr<Source> source = open_source(path, options);
    Picture picture{source->info(), {}, {}};
    std::optional<VideoFrame> frame = source->next();
    if (!frame) throw Error(fmt::format("{}: there is no picture in it", path));
    picture.frame = std::move(*frame);
    const SourceErrors errors = source->errors();
    if (errors.damaged_frames + errors.corrupted_packets > 0)
        picture.info.notes.push_back(
            fmt::format("{}: damaged, a part is missing ({})", path, errors.first));
    picture.rgb.resize(device, picture.frame.width(), picture.frame.height(), 3);
    DeviceFrame upload(device);
    upload.to_rgb(stream, picture.frame, picture.rgb);
    stream.synchronize();
    return picture;
}

std::vector<float> download_picture(Device& device, Stream& stream, Pixels<const float> rgb) {
    std::vector<float> values(static_cast<size_t>(rgb.size()));
    device.download(stream, values.data(), rgb.data, values.size() * sizeof(float));
    return values;
}

}  // namespace reverie
