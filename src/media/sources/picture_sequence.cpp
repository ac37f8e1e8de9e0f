// A sequence opens each picture on its own, so that a damaged one, or one of another format, does
// not affect the others: as many frames come out as were listed.
#include "src/media/sources/picture_sequence.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "src/media/frames/frame_converter.h"
#include "src/media/sources/picture_list.h"
#include "src/media/sources/source_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr Rational kUsualRate{25, 1};

/// Is it a regular file that is not empty? Anything else could block for ever.
bool looks_readable(const std::string& path) {
    struct stat status {};
    return !path.empty() && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size > 0 && ::access(path.c_str(), R_OK) == 0;
}

/// Transparent black, where there is alpha.
void fill_black(VideoFrame& frame) {
    const PixelFormat& format = frame.format();
    const auto put = [&](int c, int value) {
        const PlaneComponent& at = c == 3 ? format.alpha : format.component[c];
        const bool chroma = c == 1 || c == 2;
        const int columns = chroma ? format.cells_x(frame.width()) : frame.width();
        const int rows = chroma ? format.cells_y(frame.height()) : frame.height();
        value <<= format.shift;
        for (int y = 0; y < rows; ++y) {
            uint8_t* row = frame.planes.data[at.plane] + y * frame.planes.stride_bytes[at.plane];
            for (int x = 0; x < columns; ++x) {
                uint8_t* sample =
                    row + static_cast<size_t>(at.offset + x * at.step) * format.sample_bytes;
                std::memcpy(sample, &value, format.sample_bytes);
            }
        }
    };
    const bool rgb = format.matrix == ColorMatrix::rgb && !format.gray;
    const int black = format.full_range ? 0 : 16 << (format.bits - 8);
    put(0, black);
    for (int c = 1; c < 3 && !format.gray; ++c) put(c, rgb ? black : 1 << (format.bits - 1));
    if (format.has_alpha) put(3, 0);
}

/// The centred part of `whole` that has the shape of a picture of `width` × `height`.
VideoFrame fitting_part(const VideoFrame& whole, int width, int height) {
    const PixelFormat& format = whole.format();
    const double scale = std::min(static_cast<double>(whole.width()) / width,
                                  static_cast<double>(whole.height()) / height);
    const auto fit = [&](int side, int limit) {
        return std::clamp(static_cast<int>(std::lround(side * scale)), 1, limit);
    };
    const auto offset = [](int room, int shift) { return (room / 2) >> shift << shift; };
    VideoFrame part = whole;
    part.planes.width = fit(width, whole.width());
    part.planes.height = fit(height, whole.height());
    const int x = offset(whole.width() - part.width(), format.chroma_shift_x);
    const int y = offset(whole.height() - part.height(), format.chroma_shift_y);
    for (int p = 0; p < format.planes; ++p) {
        const bool chroma = format.is_chroma_plane(p);
        const int columns = chroma ? x >> format.chroma_shift_x : x;
        const int rows = chroma ? y >> format.chroma_shift_y : y;
        part.planes.data[p] +=
            rows * part.planes.stride_bytes[p] + (columns > 0 ? format.row_bytes(p, x) : 0);
    }
    return part;
}

class PictureSequence : public Source {
  public:
    PictureSequence(const std::string& spec, const SourceOptions& options);

    const SourceInfo& info() const override { return info_; }
    SourceErrors errors() const override;
    std::optional<VideoFrame> next() override;

  private:
    struct Picture {
        SourceInfo info;
        VideoFrame frame;
        bool whole = true;
    };

    void cut_to_times();
    void note_missing_files();
    void find_first();
    void describe(const Picture& first);
    std::optional<Picture> read(size_t index);
    VideoFrame like_the_first(const Picture& picture);

    SourceOptions options_;
    SourceInfo info_;
    PictureList list_;
    std::vector<std::string> missing_;  ///< labels of the missing pictures known so far, in order
    size_t known_missing_ = 0;          ///< of those, before the first frame
    size_t begin_ = 0, end_ = 0, at_ = 0;
    /// A note on later pictures that does not hold for the first one.
    struct Later {
        std::string first;  ///< label
        int64_t pictures = 0;
    };
    bool described_ = false;
    std::set<std::string> said_;
    std::map<std::string, Later> later_notes_;
    bool damage_is_usual_ = false;  ///< the first one is damaged too
    int64_t resized_ = 0, damaged_ = 0;
    std::string first_error_;
    VideoFrame last_;
    libav::FrameConverter converter_;
};

PictureSequence::PictureSequence(const std::string& spec, const SourceOptions& options)
    : options_(options), list_(list_pictures(spec)) {
    info_.name = spec;
    info_.frame_rate = options.fps.known() ? options.fps : kUsualRate;
    info_.time_base = {info_.frame_rate.den, info_.frame_rate.num};
    cut_to_times();
    note_missing_files();
    find_first();
}

void PictureSequence::cut_to_times() {
    const auto count = list_.pictures.size();
    const auto index_at = [&](double time_s) {
        const double index = std::round(time_s * info_.frame_rate.value());
        return index < static_cast<double>(count) ? static_cast<size_t>(index) : count;
    };
    begin_ = at_ = index_at(options_.start_s);
    end_ = options_.duration_s > 0 ? index_at(options_.start_s + options_.duration_s) : count;
    if (begin_ >= count) {
        char start_s[32];
        std::snprintf(start_s, sizeof start_s, "%g", options_.start_s);
        throw Error("'" + info_.name + "' ends before " + start_s + " s; try an earlier --start");
    }
    end_ = std::max(end_, begin_ + 1);
    info_.frame_count = static_cast<int64_t>(end_ - begin_);
    info_.duration_s = static_cast<double>(info_.frame_count) / info_.frame_rate.value();
    if (list_.first_number) info_.first_number = *list_.first_number + static_cast<int64_t>(begin_);
}

/// Notes the holes that are known before any picture is decoded.
void PictureSequence::note_missing_files() {
    if (!list_.note.empty()) info_.notes.push_back(info_.name + ": " + list_.note);
    for (size_t i = begin_; i < end_; ++i) {
        ListedPicture& picture = list_.pictures[i];
        if (looks_readable(picture.path)) continue;
        picture.path.clear();
        missing_.push_back(picture.label);
    }
    known_missing_ = missing_.size();
    if (missing_.empty()) return;
    info_.notes.push_back(info_.name + ": " + missing_text(missing_) +
                          "; the one before is repeated");
}

/// Finds the first frame: the picture at the start, else the nearest before it, else the first
/// after it; a damaged one only if none is whole.
void PictureSequence::find_first() {
    std::optional<Picture> first;
    const auto look_at = [&](size_t index) {
        std::optional<Picture> found = read(index);
        if (found && (!first || found->whole)) first = std::move(found);
        return first && first->whole;
    };
    bool whole = false;
    for (size_t i = begin_ + 1; i-- > 0 && !whole;) whole = look_at(i);
    for (size_t i = begin_ + 1; i < list_.pictures.size() && !whole; ++i) whole = look_at(i);
    if (!first) {
        throw Error("cannot read '" + info_.name + "': not one of its pictures can be read" +
                    (first_error_.empty() ? "" : " (" + first_error_ + ")"));
    }
    damage_is_usual_ = !whole;
    describe(*first);
    last_ = std::move(first->frame);
}

void PictureSequence::describe(const Picture& first) {
    SourceInfo all = first.info;
    all.name = info_.name;
    all.time_base = info_.time_base;
    all.frame_rate = info_.frame_rate;
    all.frame_count = info_.frame_count;
    all.duration_s = info_.duration_s;
    all.first_number = info_.first_number;
    all.still = all.has_streams_to_copy = false;
    said_.insert(all.notes.begin(), all.notes.end());
    for (std::string& note : all.notes) note.insert(0, info_.name + ": ");
    all.notes.insert(all.notes.begin(), info_.notes.begin(), info_.notes.end());
    info_ = std::move(all);
    described_ = true;
}

/// None if it cannot be read.
std::optional<PictureSequence::Picture> PictureSequence::read(size_t index) {
    const std::string& path = list_.pictures[index].path;
    if (!looks_readable(path)) return std::nullopt;
    SourceOptions options;
    options.stop = options_.stop;
    options.background = options_.background;
    // If the first one has no alpha, the others are laid over the background.
    options.keep_alpha = options_.keep_alpha && (!described_ || info_.format.has_alpha);
    try {
        const std::unique_ptr<Source> source = open_file_source(path, options, {});
        std::optional<VideoFrame> frame = source->next();
        if (!frame) return std::nullopt;
        const bool whole =
            source->errors().damaged_frames + source->errors().corrupted_packets == 0;
        if (!whole && first_error_.empty()) first_error_ = source->errors().first;
        Picture picture{source->info(), std::move(*frame), whole};
        for (std::string& note : picture.info.notes)
            if (note.starts_with(path + ": ")) note.erase(0, path.size() + 2);
        return picture;
    } catch (const Interrupted&) {
        throw;
    } catch (const Error& error) {
        if (first_error_.empty()) first_error_ = error.what();
        return std::nullopt;
    }
}

std::optional<VideoFrame> PictureSequence::next() {
    if (at_ >= end_) return std::nullopt;
    if (options_.stop != nullptr && *options_.stop)
        throw Interrupted("interrupted while '" + info_.name + "' was read");
    const bool known = list_.pictures[at_].path.empty();
    const std::optional<Picture> picture = known ? std::nullopt : read(at_);
    if (picture && (picture->whole || damage_is_usual_)) {
        if (!picture->whole) ++damaged_;
        for (const std::string& note : picture->info.notes) {
            if (said_.contains(note)) continue;
            Later& later = later_notes_[note];
            if (later.pictures++ == 0) later.first = list_.pictures[at_].label;
        }
        last_ = like_the_first(*picture);
    } else if (!known) {
        missing_.push_back(list_.pictures[at_].label);
    }
    VideoFrame frame = last_;
    frame.pts = static_cast<int64_t>(at_++ - begin_);
    frame.duration = 1;
    return frame;
}

/// A picture of another size is fitted into the first one's, over black.
VideoFrame PictureSequence::like_the_first(const Picture& picture) {
    const bool fits = picture.info.width == info_.width && picture.info.height == info_.height;
    if (fits && picture.info.format == info_.format) return picture.frame;
    VideoFrame frame = make_frame(info_.format, info_.width, info_.height);
    if (!fits) {
        ++resized_;
        fill_black(frame);
    }
    VideoFrame part = fitting_part(frame, picture.info.width, picture.info.height);
    converter_.convert(picture.frame, part);
    return frame;
}

SourceErrors PictureSequence::errors() const {
    SourceErrors errors;
    errors.damaged_frames = damaged_;
    errors.resized_frames = resized_;
    errors.first = first_error_;
    for (const auto& [note, later] : later_notes_) {
        const int64_t more = later.pictures - 1;
        errors.notes.push_back(
            later.first + (more > 0 ? " and " + std::to_string(more) + " more" : "") + ": " + note);
    }
    if (missing_.size() > known_missing_) {
        std::vector<std::string> in_order;
        for (size_t i = begin_; i < end_; ++i) {
            const std::string& label = list_.pictures[i].label;
            if (std::find(missing_.begin(), missing_.end(), label) != missing_.end())
                in_order.push_back(label);
        }
        errors.missing = missing_text(in_order);
    }
    return errors;
}

}  // namespace

std::unique_ptr<Source> open_picture_sequence(const std::string& spec,
                                              const SourceOptions& options) {
    return std::make_unique<PictureSequence>(spec, options);
}

}  // namespace reverie
