#include "src/render/shot_list.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {
namespace {

/// "1:02:03.400": a frame is not lost in rounding.
std::string exact_clock(double seconds) {
    const auto ms = static_cast<int64_t>(std::llround(seconds * 1000));
    return fmt::format("{}:{:02}:{:02}.{:03}", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
                       ms % 1000);
}

}  // namespace

std::vector<Shot> find_shots(const std::string& input, const SourceOptions& options,
                             const std::function<void(double time_s)>& seen) {
    const std::unique_ptr<Source> source = open_source(input, options);
    const double tick_s = source->info().time_base.value();
    ShotFinder finder;
    while (const std::optional<VideoFrame> frame = source->next()) {
        const double time_s = static_cast<double>(frame->pts) * tick_s;
        finder.see(*frame, time_s);
        seen(time_s);
    }
    return finder.finish();
}

std::string shots_text(const std::string& input, const std::vector<Shot>& shots) {
    std::string text = fmt::format("# shots of {}: first frame, time, score of the cut\n", input);
    for (const Shot& shot : shots) {
        text += fmt::format("{:<10} {}", shot.first, exact_clock(shot.at_s));
        text += shot.score > 0 ? fmt::format("     {:.1f}\n", shot.score) : "\n";
    }
    return text;
}

std::vector<Shot> read_shots(const std::string& path) {
    std::ifstream file(path);
    require(file.is_open(), fmt::format("cannot read '{}'", path));
    std::vector<Shot> shots;
    int number = 0;
    for (std::string line; next_line(file, line, path);) {
        ++number;
        std::istringstream words(line.substr(0, line.find('#')));
        std::string first_word;
        if (!(words >> first_word)) continue;
        std::istringstream digits(first_word);
        Shot shot;
        require(digits >> shot.first && digits.eof() && shot.first >= 0,
                fmt::format("{}:{}: expected the number of a frame, not '{}'", path, number,
                            one_line(first_word)));
        require(shots.empty() ? shot.first == 0 : shot.first > shots.back().first,
                shots.empty() ? fmt::format("{}:{}: the first shot begins at frame 0", path, number)
                              : fmt::format("{}:{}: frame {} is not after frame {}", path, number,
                                            shot.first, shots.back().first));
        shots.push_back(shot);
    }
    require(!shots.empty(), fmt::format("'{}' names no shot", path));
    return shots;
}

}  // namespace reverie
