// The sound of a show: input and recording hold what was played, at the time when it was played.
#include "src/media/sound.h"

#include <cmath>
#include <numbers>
#include <thread>

#include "src/media/recorder.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

using Clock = SoundInput::Clock;

/// Crossings of zero upwards, a second.
double pitch_of(const std::vector<float>& samples, int channel) {
    int crossings = 0;
    const size_t pairs = samples.size() / kSoundChannels;
    for (size_t i = 1; i < pairs; ++i) {
        const float before = samples[(i - 1) * kSoundChannels + channel];
        const float now = samples[i * kSoundChannels + channel];
        crossings += before < 0 && now >= 0 ? 1 : 0;
    }
    return crossings * double{kSoundRate} / static_cast<double>(pairs);
}

double rms_of(const std::vector<float>& samples) {
    double sum = 0;
    for (const float s : samples) sum += double{s} * s;
    return std::sqrt(sum / static_cast<double>(samples.size()));
}

/// Waits until the samples are there.
std::vector<float> heard(SoundInput& input, double from_s, double seconds) {
    const auto first = static_cast<int64_t>(from_s * kSoundRate);
    std::vector<float> samples(static_cast<size_t>(seconds * kSoundRate) * kSoundChannels);
    const auto give_up = Clock::now() + std::chrono::seconds(60);
    while (input.read(first, samples) < samples.size() / kSoundChannels && Clock::now() < give_up)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return samples;
}

class SoundTest : public MediaTest {
  protected:
    /// Makes a file with a tone, of that sample rate and number of channels.
    void make_tone(const std::string& name, int hz, int rate, int channels, double seconds) const {
        ffmpeg("-f lavfi -i sine=frequency=" + std::to_string(hz) +
               ":sample_rate=" + std::to_string(rate) + ":duration=" + std::to_string(seconds) +
               " -ac " + std::to_string(channels) + " '" + at(name) + "'");
    }
    /// As another decoder hears it.
    std::vector<float> decoded(const std::string& name) const {
        output_of("ffmpeg -v error -y -i '" + at(name) + "' -f f32le -ac 2 -ar 48000 '" +
                  at("decoded.raw") + "'");
        std::ifstream file(at("decoded.raw"), std::ios::binary);
        std::stringstream bytes;
        bytes << file.rdbuf();
        const std::string text = bytes.str();
        std::vector<float> samples(text.size() / sizeof(float));
        std::memcpy(samples.data(), text.data(), samples.size() * sizeof(float));
        return samples;
    }
};

TEST_F(SoundTest, AFileIsHeardInStereoAtTheFeedsRate) {
    make_tone("tone.wav", 441, 22050, 1, 3);
    SoundInput input(at("tone.wav"), Clock::now());
    const std::vector<float> samples = heard(input, 1.0, 1.5);
    for (const int channel : {0, 1}) EXPECT_NEAR(pitch_of(samples, channel), 441, 20);
    // ffmpeg's tone has an amplitude of 1/8.
    EXPECT_NEAR(rms_of(samples), 0.125 / std::numbers::sqrt2, 0.015);
    EXPECT_EQ(input.status().problem, "");
}

TEST_F(SoundTest, ALoopHasNoSeam) {
    constexpr int kHz = 480, kPeriod = kSoundRate / kHz;
    // Whole periods, and a codec whose blocks (of 4096 samples) do not end with them.
    make_tone("tone.wav", kHz, kSoundRate, 1, 0.6);
    ffmpeg("-i '" + at("tone.wav") + "' -c:a flac '" + at("tone.flac") + "'");
    SoundInput input(at("tone.flac"), Clock::now());
    const auto differs = [&](double from_s) {
        const std::vector<float> samples = heard(input, from_s, 2);
        float worst = rms_of(samples) > 0.05 ? 0 : 1;
        for (size_t i = size_t{kPeriod} * 2; i < samples.size(); ++i)
            worst = std::max(worst, std::abs(samples[i] - samples[i - size_t{kPeriod} * 2]));
        return worst;
    };
    // A machine that stands still for longer than a loop may be late leaves out some.
    float least = 1;
    for (int i = 0; i < 15 && least > 1e-3F; ++i) least = std::min(least, differs(0.5 + i));
    EXPECT_LT(least, 1e-3F);
    EXPECT_EQ(input.status().problem, "");
}

TEST_F(SoundTest, WhatIsNotThereIsSilenceAndSaysWhy) {
    SoundInput input(at("nothing.wav"), Clock::now() - std::chrono::seconds(2));
    const std::vector<float> samples = heard(input, 0.5, 0.5);
    EXPECT_EQ(rms_of(samples), 0);
    for (int i = 0; i < 500 && input.status().problem.empty(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_NE(input.status().problem.find("nothing.wav"), std::string::npos);
    EXPECT_FALSE(input.status().running);
    // The future is not known yet.
    std::vector<float> later(200);
    EXPECT_EQ(input.read(int64_t{kSoundRate} * 3600, later), 0U);
}

TEST_F(SoundTest, AMissingFileIsHeardOnceItIsThere) {
    const Clock::time_point origin = Clock::now();
    SoundInput input(at("late.wav"), origin);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    make_tone("made.wav", 300, 48000, 2, 1);
    std::filesystem::rename(at("made.wav"), at("late.wav"));
    for (int i = 0; i < 1000 && !input.status().running; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(input.status().running) << input.status().problem;
    const double now_s = std::chrono::duration<double>(Clock::now() - origin).count();
    EXPECT_NEAR(pitch_of(heard(input, now_s + 0.1, 0.5), 0), 300, 20);
}

/// Silence until a given time, then a tone; all of it is known at once.
class Whistle : public SoundFeed {
  public:
    explicit Whistle(double from_s) : from_(std::llround(from_s * kSoundRate)) {}
    size_t read(int64_t first, std::span<float> samples) override {
        const size_t pairs = samples.size() / kSoundChannels;
        for (size_t i = 0; i < pairs; ++i) {
            const int64_t n = first + static_cast<int64_t>(i);
            const double phase = 2 * std::numbers::pi * 1000 * static_cast<double>(n) / kSoundRate;
            const auto value = static_cast<float>(n < from_ ? 0 : 0.5 * std::sin(phase));
            samples[i * 2] = value;
            samples[i * 2 + 1] = -value;
        }
        return pairs;
    }

  private:
    int64_t from_;
};

TEST_F(SoundTest, ARecordingsSoundGoesWithItsPictures) {
    for (const char* name : {"show.mp4", "show.mkv", "show.mov"}) {
        constexpr double kBegins = 12.25, kWhistles = 13.0, kSeconds = 2;
        SinkOptions options;
        options.width = 66;
        options.height = 50;
        options.frame_rate = {25, 1};
        options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
        Recorder recorder;
        recorder.start(at(name), options, {}, std::make_shared<Whistle>(kWhistles));
        for (int i = 0; i < static_cast<int>(kSeconds * 25);) {
            std::optional<VideoFrame> frame = recorder.acquire();
            if (!frame) {
                ASSERT_NE(recorder.status().state, RecorderState::failed) << recorder.status().line;
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                continue;
            }
            recorder.push(*frame, kBegins + i / 25.0);
            ++i;
        }
        recorder.stop();
        ASSERT_TRUE(recorder.wait(60));
        ASSERT_EQ(recorder.status().state, RecorderState::done) << recorder.status().line;

        const std::vector<float> samples = decoded(name);
        const auto pairs = static_cast<int>(samples.size() / 2);
        EXPECT_NEAR(pairs / double{kSoundRate}, kSeconds, 0.06) << name;
        int begins = 0;
        while (begins < pairs && std::abs(samples[begins * 2]) < 0.1F) ++begins;
        // Relative to the pictures: a container may begin with the encoder's delay.
        const auto begin_of = [&](const char* kind) {
            return std::stod(probe(at(name), std::string("-select_streams ") + kind +
                                                 " -show_entries stream=start_time"));
        };
        const double whistled_s = begins / double{kSoundRate} + begin_of("a") - begin_of("v");
        EXPECT_NEAR(whistled_s, kWhistles - kBegins, 0.004) << name;
        const std::vector<float> tone(samples.begin() + (begins + 480) * 2,
                                      samples.begin() + (begins + 480 + 24000) * 2);
        EXPECT_NEAR(pitch_of(tone, 0), 1000, 5) << name;
        EXPECT_NEAR(rms_of(tone), 0.5 / std::numbers::sqrt2, 0.02) << name;
        double sum = 0;  // the channels are each other's opposite
        for (size_t i = 0; i < tone.size(); i += 2) sum += std::abs(tone[i] + tone[i + 1]);
        EXPECT_LT(sum / static_cast<double>(tone.size()), 0.02) << name;
    }
}

TEST_F(SoundTest, EveryContainerHoldsSound) {
    SinkOptions options;
    options.width = 66;
    options.height = 50;
    options.frame_rate = {25, 1};
    options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
    options.sound = true;
    for (const char* name : {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi"})
        EXPECT_EQ(error_of([&] { open_sink(at(name), options); }), "") << name;
}

}  // namespace
}  // namespace reverie
