#include "src/media/sources/stream_orientation.h"

#include <cstdlib>
#include <cstring>

#include "src/media/sources/picture_facts.h"

namespace reverie::libav {

StreamOrientation orientation_of(const AVStream& stream, const AVFrame& frame,
                                 const std::string& picture) {
    const uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
    if (const auto* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX))
        matrix = data->data;
    if (matrix != nullptr) {
        int32_t numbers[9];
        std::memcpy(numbers, matrix, sizeof numbers);
        return {reverie::orientation_of(numbers), rotation_of(numbers)};
    }
    if (const AVDictionaryEntry* exif = av_dict_get(frame.metadata, "Orientation", nullptr, 0))
        return {orientation_of_exif(std::atoi(exif->value)), 0};
    if (!picture.empty())
        return {orientation_of_exif(read_picture_facts(picture).exif_orientation), 0};
    return {};
}

}  // namespace reverie::libav
