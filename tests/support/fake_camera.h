// Controls the cameras of tests/support/fakecam.c.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "src/media/live_input.h"

namespace reverie::test {

class FakeCamera {
  public:
    FakeCamera(const std::filesystem::path& root, const std::string& id, const std::string& device)
        : folder_(root / id) {
        std::filesystem::create_directory(folder_);
        set("name", "Fake " + id);
        set("bus", "usb-" + id);
        set("device", device);
    }
    /// A file appears whole or not at all: cameras are read while tests write.
    void set(const std::string& file, const std::string& text = "") const {
        std::ofstream(folder_ / (".new-" + file)) << text;
        std::filesystem::rename(folder_ / (".new-" + file), folder_ / file);
    }
    void unset(const std::string& file) const { std::filesystem::remove(folder_ / file); }
    std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  private:
    std::filesystem::path folder_;
};

/// No camera at first; those of the machine itself are hidden.
class FakeCameraTest : public ::testing::Test {
  protected:
    FakeCameraTest() {
        std::string name =
            (std::filesystem::temp_directory_path() / "reverie_cameras_XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        ::setenv("FAKECAM", name.c_str(), 1);
    }
    ~FakeCameraTest() override { std::filesystem::remove_all(root_); }

    FakeCamera plug_in(const std::string& id, const std::string& device = "/dev/video0") const {
        return {root_, id, device};
    }

    /// Seconds until the input is in that state (with a frame that is new, where it is running); or
    /// more than `longest_s`, where it is not by then.
    static double wait_for(LiveInput& input, LiveState state, double longest_s = 10) {
        const auto begun = std::chrono::steady_clock::now();
        LiveFrame frame;
        input.take(frame);
        for (double waited_s = 0;;) {
            const bool taken = input.take_within(frame, 0.005);
            const bool there = input.status().state == state;
            waited_s =
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
            if ((there && (taken || state != LiveState::running)) || waited_s > longest_s)
                return waited_s;
        }
    }

    std::filesystem::path root_;
};

}  // namespace reverie::test
