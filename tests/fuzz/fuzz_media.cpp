// Fuzzes what other programs pipe in, a y4m stream on the standard input, and the pictures in which a recipe and an orientation
// are looked for. libav's own readers of other formats are fuzzed by their makers.
#include <sys/mman.h>
#include <unistd.h>

#include <numeric>

#include "src/media/recipe_file.h"
#include "src/media/source.h"
#include "src/media/sources/picture_facts.h"
#include "src/util/error.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

constexpr std::string_view kY4m = "YUV4MPEG2 ";

/// The standard input from now on.
int input_file() {
    const int file = ::memfd_create("stdin", MFD_CLOEXEC);
    expect(file >= 0 && ::dup2(file, STDIN_FILENO) == STDIN_FILENO);
    return file;
}

/// Touches each byte of the visible planes.
uint64_t sum_of(const VideoFrame& frame) {
    const VideoPlanes& planes = frame.planes;
    uint64_t sum = 0;
    for (int p = 0; p < planes.format.planes; ++p) {
        const size_t bytes = planes.format.row_bytes(p, planes.width);
        for (int y = 0; y < planes.format.plane_height(p, planes.height); ++y) {
            const uint8_t* row = planes.data[p] + y * planes.stride_bytes[p];
            sum = std::accumulate(row, row + bytes, sum);
        }
    }
    return sum;
}

}  // namespace

void read_y4m(const uint8_t* data, size_t size) {
    static const int file = input_file();
    expect(::ftruncate(file, 0) == 0 && ::lseek(file, 0, SEEK_SET) == 0);
    // Another first line would be another format.
    expect(::pwrite(file, kY4m.data(), kY4m.size(), 0) == static_cast<ssize_t>(kY4m.size()));
    expect(::pwrite(file, data, size, kY4m.size()) == static_cast<ssize_t>(size));
    try {
        const std::unique_ptr<Source> source = open_source("-");
        const SourceInfo& info = source->info();
        expect(info.width > 0 && info.height > 0);
        constexpr int kMostFrames = 8;
        int64_t before = INT64_MIN;
        for (int i = 0; i < kMostFrames; ++i) {
            const std::optional<VideoFrame> frame = source->next();
            if (!frame) break;
            expect(frame->width() == info.width && frame->height() == info.height);
            expect(frame->pts > before);
            before = frame->pts;
            expect(sum_of(*frame) < UINT64_MAX);
        }
        source->errors();
    } catch (const Error& error) {
        expect_one_line(error.what());
    }
}

void read_picture(const uint8_t* data, size_t size) {
    const std::string recipe = recipe_of({data, size});
    expect(recipe.empty() || recipe.starts_with(kRecipeLine));
    const PictureFacts facts = read_picture_facts(as_file(data, size));
    expect(facts.exif_orientation >= 0 && facts.exif_orientation <= 8);
}

}  // namespace reverie::fuzz
