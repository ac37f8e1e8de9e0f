#include "src/media/sheet.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "src/media/frames/filter_chain.h"
#include "src/media/frames/frame_converter.h"
#include "src/media/sink_kind.h"
#include "src/media/sources/picture_list.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

constexpr int kChannels = 3;

/// Where Debian keeps legible fonts; without them, fontconfig's own choice.
constexpr std::array kFonts{
    "/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"};

FilterChain::Filter filter_of(const Caption& caption) {
    // The feet of a line stand where its highest letter has its head, plus that letter's height.
    std::string x = std::to_string(caption.x);
    if (caption.align == Caption::Align::centre) x += "-text_w/2";
    if (caption.align == Caption::Align::right) x += "-text_w";
    FilterChain::Filter filter{"drawtext",
                               {{"text", caption.text},
                                {"expansion", "none"},
                                {"fontsize", std::to_string(caption.size)},
                                {"fontcolor", caption.quiet ? "0x9a9a9a" : "0xf2f2f2"},
                                {"x", x},
                                {"y", std::to_string(caption.baseline) + "-max_glyph_a"}}};
    std::error_code ignored;
    for (const char* font : kFonts) {
        if (!std::filesystem::exists(font, ignored)) continue;
        filter.options.emplace_back("fontfile", font);
        break;
    }
    return filter;
}

SinkOptions sink_options(int width, int height, bool overwrite) {
    SinkOptions options;
    options.width = width;
    options.height = height;
    options.source_format = packed_rgb(8, kChannels);
    options.overwrite = overwrite;
    return options;
}

}  // namespace

Sheet::Sheet(int width, int height, uint8_t gray)
    : picture_(make_frame(packed_rgb(8, kChannels), width, height)) {
    fill(0, 0, width, height, gray);
}

/// Of the sheet's memory.
VideoFrame Sheet::area(int x, int y, int width, int height) const {
    require(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= picture_.width() &&
                y + height <= picture_.height(),
            "a picture does not lie inside of its sheet");
    VideoFrame area = picture_;
    area.planes.data[0] += y * area.planes.stride_bytes[0] + ptrdiff_t{kChannels} * x;
    area.planes.width = width;
    area.planes.height = height;
    return area;
}

void Sheet::place(const VideoFrame& frame, int x, int y, int width, int height) {
    // swscale may write a little more than a row, which would be in its neighbour here.
    VideoFrame fitted = make_frame(picture_.format(), width, height);
    FrameConverter().convert(frame, fitted);
    const VideoFrame to = area(x, y, width, height);
    for (int row = 0; row < height; ++row)
        std::memcpy(to.planes.data[0] + row * to.planes.stride_bytes[0],
                    fitted.planes.data[0] + row * fitted.planes.stride_bytes[0],
                    static_cast<size_t>(width) * kChannels);
}

void Sheet::fill(int x, int y, int width, int height, uint8_t gray) {
    const VideoFrame to = area(x, y, width, height);
    for (int row = 0; row < height; ++row)
        std::memset(to.planes.data[0] + row * to.planes.stride_bytes[0], gray,
                    static_cast<size_t>(width) * kChannels);
}

bool Sheet::write(const std::vector<Caption>& captions) {
    std::vector<FilterChain::Filter> filters;
    for (const Caption& caption : captions)
        if (!caption.text.empty()) filters.push_back(filter_of(caption));
    if (filters.empty()) return true;
    try {
        const FramePtr blank = borrow_frame(picture_);
        FilterChain chain(*blank, {1, 25}, filters);
        chain.push(blank.get());
        chain.push(nullptr);
        const FramePtr drawn = chain.pop();
        if (drawn == nullptr) return false;
        for (int row = 0; row < picture_.height(); ++row)
            std::memcpy(picture_.planes.data[0] + row * picture_.planes.stride_bytes[0],
                        drawn->data[0] + static_cast<ptrdiff_t>(row) * drawn->linesize[0],
                        static_cast<size_t>(picture_.width()) * kChannels);
    } catch (const Error&) {
        return false;  // there is no font, or this libav does not draw
    }
    return true;
}

void Sheet::save(const std::string& path, bool overwrite, const std::string& recipe) const {
    SinkOptions options = sink_options(picture_.width(), picture_.height(), overwrite);
    options.recipe = recipe;
    const std::unique_ptr<Sink> sink = open_sink(path, options);
    VideoFrame frame = sink->acquire();
    FrameConverter().convert(picture_, frame);
    sink->write(frame);
    sink->finish();
}

void Sheet::require_savable(const std::string& path, bool overwrite) {
    const SinkKind* kind = find_sink_kind(path);
    if (kind == nullptr || std::string_view(kind->name) != "picture" || is_numbered(path))
        throw UsageError("-o " + path + ": expected the name of a picture, as in sheet.jpg");
    open_sink(path, sink_options(1, 1, overwrite));
}

}  // namespace reverie
