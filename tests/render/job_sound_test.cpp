// How the sound of a clip modulates a render's parameters, frame by frame, to the end.
#include "src/render/job_sound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"
#include "tests/music/pieces.h"

namespace reverie {
namespace {

/// A file of samples as RIFF WAVE, 16 bit mono.
void write_wave(const std::string& path, const std::vector<float>& samples, int rate) {
    std::ofstream file(path, std::ios::binary);
    const auto number = [&](uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) file.put(static_cast<char>(value >> (8 * i) & 0xFFU));
    };
    const auto bytes = static_cast<uint32_t>(samples.size() * 2);
    file << "RIFF";
    number(36 + bytes, 4);
    file << "WAVEfmt ";
    number(16, 4);
    number(1, 2);
    number(1, 2);
    number(static_cast<uint32_t>(rate), 4);
    number(static_cast<uint32_t>(rate) * 2, 4);
    number(2, 2);
    number(16, 2);
    file << "data";
    number(bytes, 4);
    for (const float sample : samples) {
        const float clamped = std::clamp(sample, -1.0F, 1.0F);
        number(static_cast<uint32_t>(static_cast<int>(clamped * 32767)), 2);
    }
}

class JobSoundTest : public ::testing::Test {
  protected:
    JobSoundTest() {
        std::string name =
            (std::filesystem::temp_directory_path() / "reverie_sound_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        folder_ = name;
    }
    ~JobSoundTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::string at(const std::string& name) const { return (folder_ / name).string(); }

    static Modulation on_beat() {
        return read_modulation(
            parse_toml("[[modulation]]\ntarget = \"strength\"\nsource = \"beat\"\n"
                       "amount = 2\ncurve = \"square\"\n",
                       "m.toml"),
            "m.toml");
    }

    std::filesystem::path folder_;
};

TEST_F(JobSoundTest, StrengthPeaksOnTheBeatToTheEndOfFiveMinutes) {
    constexpr double kSeconds = 300, kFrameS = 1001.0 / 30000, kHeardWithinS = 0.005;
    const Piece piece = clicks(123, kSeconds);
    write_wave(at("clicks.wav"), piece.samples, kSoundRate);
    const Modulation modulation = on_beat();
    const JobSound sound({"", at("clicks.wav"), 0}, modulation);
    EXPECT_TRUE(sound.notes().empty());
    Modulator modulator;
    modulator.set(modulation);
    std::vector<double> strength;
    for (int i = 0; i * kFrameS < kSeconds; ++i) {
        const Params params =
            modulator.at(i * kFrameS, Params(), [&](double t) { return sound.at(t); });
        strength.push_back(params.strength);
    }
    std::vector<double> peaks_s;
    for (size_t i = 1; i + 1 < strength.size(); ++i) {
        if (strength[i] > strength[i - 1] && strength[i] >= strength[i + 1] && strength[i] > 2)
            peaks_s.push_back(static_cast<double>(i) * kFrameS);
    }
    ASSERT_NEAR(static_cast<double>(peaks_s.size()), static_cast<double>(piece.beats_s.size()), 2);
    size_t near = 0;
    for (const double beat : piece.beats_s) {
        for (const double peak : peaks_s)
            near += std::abs(peak - beat) <= kFrameS + kHeardWithinS ? 1 : 0;
    }
    // The first beat may be too early for the tracker, the last one for a frame after it.
    EXPECT_GE(near, piece.beats_s.size() - 2);
}

TEST_F(JobSoundTest, OfAClipsPartIsThatOfThePart) {
    const Piece piece = clicks(100, 40);
    write_wave(at("clicks.wav"), piece.samples, kSoundRate);
    const JobSound whole({"", at("clicks.wav"), 0}, on_beat());
    const JobSound part({"", at("clicks.wav"), 12.5}, on_beat());
    // A song that is added begins with the render.
    const JobSound song({at("clicks.wav"), "nothing.mp4", 12.5}, on_beat());
    for (const double t : {0.0, 3.21, 17.77}) {
        EXPECT_NEAR(*part.at(t).beat, *whole.at(t + 12.5).beat, 1e-9);
        EXPECT_EQ(part.at(t).sound, whole.at(t + 12.5).sound);
        EXPECT_NEAR(*song.at(t).beat, *whole.at(t).beat, 1e-9);
    }
    EXPECT_EQ(whole.length_s(), 0);
    EXPECT_NEAR(song.length_s(), 40, 1e-3);
}

TEST_F(JobSoundTest, ThatIsNotThereIsSaidBefore) {
    const JobSound none({"", at("nothing.mp4"), 0}, on_beat());
    ASSERT_EQ(none.notes().size(), 1U);
    EXPECT_NE(none.notes()[0].find("No such file"), std::string::npos) << none.notes()[0];
    EXPECT_NE(none.notes()[0].find("what moves with it stands"), std::string::npos);
    EXPECT_FALSE(none.at(1).beat);
    // Without modulation by sound, missing sound gives no note.
    EXPECT_TRUE(JobSound({"", at("nothing.mp4"), 0}, Modulation()).notes().empty());
    EXPECT_THROW(JobSound({at("nothing.mp3"), "", 0}, Modulation()), Error);
    write_wave(at("silence.wav"), std::vector<float>(48000), kSoundRate);
    const JobSound silence({"", at("silence.wav"), 0}, on_beat());
    ASSERT_EQ(silence.notes().size(), 1U);
    EXPECT_NE(silence.notes()[0].find("no beat is heard"), std::string::npos);
}

/// Counts what it is given.
class Listening : public Sink {
  public:
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return {}; }
    void write(const VideoFrame& /*frame*/) override {}
    void write_sound(std::span<const float> samples) override {
        heard.insert(heard.end(), samples.begin(), samples.end());
    }
    void finish() override {}
    std::vector<float> heard;

  private:
    PixelFormat format_;
};

TEST_F(JobSoundTest, IsWrittenBesideThePicturesAndThenSilent) {
    const std::vector<float> samples = clicks(150, 2, 0).samples;
    write_wave(at("song.wav"), samples, kSoundRate);
    JobSound sound({at("song.wav"), "", 0}, Modulation());
    ASSERT_TRUE(sound.is_written());
    Listening sink;
    for (int i = 1; i <= 75; ++i) sound.write_until(i / 25.0, sink);
    ASSERT_EQ(sink.heard.size(), size_t{3} * kSoundRate * kSoundChannels);
    for (size_t i = 0; i < sink.heard.size(); ++i) {
        const double played = i / 2 < samples.size() ? samples[i / 2] : 0;
        ASSERT_NEAR(sink.heard[i], played, 1e-3) << i;
    }
}

/// A ramp that is 1 after three seconds: each sample says where it came from.
TEST_F(JobSoundTest, IsPutTogetherOfPieces) {
    std::vector<float> ramp;
    for (int i = 0; i < 3 * kSoundRate; ++i)
        ramp.push_back(static_cast<float>(i) / (3.0F * kSoundRate));
    write_wave(at("ramp.wav"), ramp, kSoundRate);
    // From the middle on; silence; over the end of its own loop; from 1 to 2 s, faded over to 0.5 s.
    SoundPiece middle{0, 1, at("ramp.wav"), 1.5, false, 0, 0};
    SoundPiece looped{1.53, 2.53, at("ramp.wav"), 2.5, true, 0, 0};
    SoundPiece ending{3, 4, at("ramp.wav"), 1, false, 0, 1};
    SoundPiece coming{3, 4, at("ramp.wav"), 0.5, false, 1, 0};
    SoundPiece mute{0, 4, at("nothing.mp4"), 0, false, 0, 0};
    JobSound sound({middle, mute, looped, ending, coming});
    ASSERT_TRUE(sound.is_written());
    Listening sink;
    for (int i = 1; i <= 100; ++i) sound.write_until(i / 25.0, sink);
    ASSERT_EQ(sink.heard.size(), size_t{4} * kSoundRate * kSoundChannels);
    for (const double t : {0.0, 0.031, 0.99, 1.2, 1.54, 1.98, 2.2, 2.52, 2.7, 3.0, 3.25, 3.9}) {
        const double share = t - 3;
        const double want = t < 1      ? 1.5 + t
                            : t < 1.53 ? 0
                            : t < 2.53 ? std::fmod(2.5 + t - 1.53, 3)
                            : t < 3    ? 0
                                       : (1 - share) * (1 + share) + share * (0.5 + share);
        const auto sample = static_cast<size_t>(std::lround(t * kSoundRate)) * kSoundChannels;
        EXPECT_NEAR(sink.heard[sample], want / 3, 2e-3) << t;
    }
}

}  // namespace
}  // namespace reverie
