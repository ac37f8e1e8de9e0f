#include "src/control/take_reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {
namespace {

/// Puts the lines together.
class LineReader {
  public:
    explicit LineReader(Take& take) : take_(take) {}

    void operator()(const TakeHead& /*head*/) { throw Error("a second head"); }
    void operator()(const TakeSource& source) {
        require(source.number == static_cast<int>(take_.sources.size()), "a source is missing");
        take_.sources.push_back(source);
    }
    void operator()(const TakeBegin& begin) {
        next_.before.emplace_back(TakenDream{begin});
        begun_ = {take_.pictures.size(), next_.before.size() - 1};
        is_out_ = true;
    }
    void operator()(const TakeDreamed& dreamed) {
        require(is_out_, "a dream ends that has not begun");
        is_out_ = false;
        const auto& [picture, step] = begun_;
        TakenPicture& at = picture < take_.pictures.size() ? take_.pictures[picture] : next_;
        std::get<TakenDream>(at.before[step]).result = dreamed;
        next_.before.emplace_back(dreamed);
    }
    void operator()(const TakeReset& reset) { next_.before.emplace_back(reset); }
    void operator()(const TakeNetwork& network) {
        take_.networks.push_back(network);
        next_.before.emplace_back(network);
        is_out_ = false;  // what the other one was dreaming is lost
    }
    void operator()(const TakeAsked& /*asked*/) {}
    void operator()(const TakePicture& picture) {
        const size_t number = take_.pictures.size();
        require(picture.number == static_cast<int64_t>(number), "a picture is missing");
        require(number == 0 || picture.time_s >= take_.pictures.back().time_s, "time goes back");
        next_.time_s = picture.time_s;
        next_.size = picture.size.value_or(next_.size);
        next_.dream_size = picture.dream_size.value_or(next_.dream_size);
        next_.fresh = picture.frame.has_value();
        require(next_.fresh || number > 0, "the first picture shows no frame");
        next_.frame = picture.frame.value_or(next_.frame);
        require(
            next_.frame.source >= 0 && next_.frame.source < static_cast<int>(take_.sources.size()),
            "a frame of a source that is not there");
        require(next_.size.width > 0 && next_.size.height > 0 && next_.dream_size.width > 0 &&
                    next_.dream_size.height > 0,
                "a picture without a size");
        for (const auto& [key, value] : picture.set) set_param(next_.params, key, value);
        next_.modulation = picture.modulation;
        if (picture.brush)
            next_.brush = std::make_shared<const BrushMask>(changed(*next_.brush, *picture.brush));
        next_.heard = picture.heard;
        next_.seen = picture.seen.value_or(next_.seen);
        next_.panic = picture.panic.value_or(next_.panic);
        next_.frozen = picture.frozen.value_or(next_.frozen);
        next_.network = take_.networks.size() - 1;
        take_.pictures.push_back(next_);
        next_.before.clear();
    }
    void operator()(const TakeEnd& end) {
        require(end.pictures == static_cast<int64_t>(take_.pictures.size()),
                "pictures are missing");
        take_.complete = true;
    }

  private:
    Take& take_;
    TakenPicture next_;
    std::pair<size_t, size_t> begun_;  ///< the last dream: its picture and its step before that
    bool is_out_ = false;
};

TakeHead read_head(const std::string& line, const std::string& path) {
    const std::string what = fmt::format("'{}' is no take of reverie live --take", path);
    if (line.rfind("{\"reverie_take\":", 0) != 0) throw Error(what);
    try {
        return std::get<TakeHead>(parse_take_line(line));
    } catch (const Error& error) {
        throw Error(fmt::format("'{}': {}", path, error.what()));
    }
}

}  // namespace

Take read_take(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    Take take;
    LineReader reading(take);
    std::string line;
    next_line(file, line, path);
    take.head = read_head(line, path);
    take.networks.push_back({take.head.network, take.head.weights});
    int64_t number = 1;
    while (next_line(file, line, path) && !take.complete) {
        ++number;
        const bool whole = !file.eof();  // a line that was cut off has no end
        if (!whole) break;
        try {
            std::visit(reading, parse_take_line(line));
        } catch (const Error& error) {
            throw Error(fmt::format("{}:{}: {}", path, number, error.what()));
        }
    }
    if (file.bad()) throw Error(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    require(!take.pictures.empty(),
            fmt::format("'{}' holds no picture: the show ended before there was one", path));
    return take;
}

}  // namespace reverie
