#include "src/media/frames/frame_grid.h"

#include <algorithm>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kSamples = 4;  // in each cell of a grid, in both directions

template <class T>
float sample(const VideoPlanes& frame, int c, int x, int y) {
    const PixelFormat& format = frame.format;
    const PlaneComponent& where = format.component[c];
    if (c > 0) {
        x >>= format.chroma_shift_x;
        y >>= format.chroma_shift_y;
    }
    const auto* row =
        reinterpret_cast<const T*>(frame.data[where.plane] + y * frame.stride_bytes[where.plane]);
    const int value = row[where.offset + x * where.step] >> format.shift;
    return static_cast<float>(value) / static_cast<float>(1 << (format.bits - 8));
}

/// Where the `i`th of `count` samples stands among `size` pixels.
int place_of(int i, int count, int size) {
    return static_cast<int>((2 * int64_t{i} + 1) * size / (2 * int64_t{count}));
}

auto reader_of(const VideoPlanes& frame) {
    return frame.format.sample_bytes == 1 ? &sample<uint8_t> : &sample<uint16_t>;
}

PixelFormat small_format(const PixelFormat& format) {
    if (format.matrix == ColorMatrix::rgb && !format.gray) return planar_gbr(8);
    PixelFormat small = planar_yuv(8, 1, 1, format.matrix, format.full_range);
    small.gray = format.gray;
    small.planes = format.gray ? 1 : 3;
    return small;
}

}  // namespace

std::vector<float> sample_grid(const VideoFrame& frame, int columns, int rows) {
    require(frame.width() > 0 && frame.height() > 0 && columns > 0 && rows > 0,
            "a grid needs a picture and cells");
    const size_t cells = static_cast<size_t>(columns) * static_cast<size_t>(rows);
    std::vector<float> grid(3 * cells);
    const auto read = reader_of(frame.planes);
    const int across = columns * kSamples, down = rows * kSamples;
    for (int c = 0; c < (frame.format().gray ? 1 : 3); ++c) {
        for (int v = 0; v < down; ++v) {
            const int y = place_of(v, down, frame.height());
            float* row = grid.data() + static_cast<size_t>(c) * cells +
                         static_cast<size_t>(v / kSamples) * static_cast<size_t>(columns);
            for (int u = 0; u < across; ++u) {
                const int x = place_of(u, across, frame.width());
                row[u / kSamples] += read(frame.planes, c, x, y) / (kSamples * kSamples);
            }
        }
    }
    return grid;
}

VideoFrame shrink_frame(const VideoFrame& frame, int width) {
    require(frame.width() > 0 && frame.height() > 0 && width > 0, "a frame needs pixels");
    const PixelFormat format = small_format(frame.format());
    const int small_width = std::min(width, frame.width());
    const int small_height =
        std::max(1, static_cast<int>(int64_t{frame.height()} * small_width / frame.width()));
    VideoFrame small = make_frame(format, small_width, small_height);
    const auto read = reader_of(frame.planes);
    for (int c = 0; c < (format.gray ? 1 : 3); ++c) {
        const int columns = c > 0 ? format.cells_x(small_width) : small_width;
        const int rows = c > 0 ? format.cells_y(small_height) : small_height;
        const PlaneComponent& where = format.component[c];
        for (int y = 0; y < rows; ++y) {
            uint8_t* out =
                small.planes.data[where.plane] + y * small.planes.stride_bytes[where.plane];
            const int top = place_of(2 * y, 2 * rows, frame.height());
            const int bottom = place_of(2 * y + 1, 2 * rows, frame.height());
            for (int x = 0; x < columns; ++x) {
                const int left = place_of(2 * x, 2 * columns, frame.width());
                const int right = place_of(2 * x + 1, 2 * columns, frame.width());
                const float sum =
                    read(frame.planes, c, left, top) + read(frame.planes, c, right, top) +
                    read(frame.planes, c, left, bottom) + read(frame.planes, c, right, bottom);
                out[x] = static_cast<uint8_t>(std::min(sum / 4 + 0.5F, 255.0F));
            }
        }
    }
    return small;
}

}  // namespace reverie
