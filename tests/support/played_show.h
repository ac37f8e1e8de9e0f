// A small show without a window, played until something holds. For tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "src/show/live_show.h"
#include "tests/support/runtime.h"

namespace reverie::test {

inline ShowOptions small_show(int width = 98, int height = 82) {
    ShowOptions options;
    options.source = "pattern:clouds";
    options.from.width = width;
    options.from.height = height;
    options.from.fps = {25, 1};
    options.params.objective = parse_objective("inception_3a");
    options.params.octaves = 1;
    options.params.iterations = 1;
    return options;
}

class PlayedShow : public testing::Test {
  protected:
    explicit PlayedShow(const ShowOptions& options = small_show()) : show(runtime, options) {}

    int64_t dreams() { return show.statistics().report(std::chrono::steady_clock::now()).dreams; }
    /// Frames until `holds`, a minute at most. Notices are kept in `notes`.
    testing::AssertionResult play_until(const std::function<bool()>& holds) {
        const auto begun = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - begun < std::chrono::minutes(1)) {
            if (show.advance(0.05)) {
                ++pictures;
                each_picture();
            }
            for (const Notice& notice : show.notices().take()) notes.push_back(notice.text);
            if (holds()) return testing::AssertionSuccess();
        }
        return testing::AssertionFailure() << "it did not come within a minute; said:\n" << said();
    }
    testing::AssertionResult play_dreams(int64_t count) {
        const int64_t until = dreams() + count;
        return play_until([&] { return dreams() >= until; });
    }
    testing::AssertionResult play_pictures(int count) {
        const int until = pictures + count;
        return play_until([&] { return pictures >= until; });
    }
    virtual void each_picture() {}
    /// All notices so far, a line each.
    std::string said() const {
        std::string text;
        for (const std::string& note : notes) text += note + "\n";
        return text;
    }

    Runtime runtime = machine_on(open_device({"cpu", 2}));
    LiveShow show;
    std::vector<std::string> notes;
    int pictures = 0;
};

}  // namespace reverie::test
