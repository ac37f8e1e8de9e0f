#include "src/render/job_sound.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/media/sound.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"

namespace reverie {

JobSound::JobSound(const JobSoundOptions& options, const Modulation& modulation) {
    if (const std::string unknown = modulation.unknown_sources(); !unknown.empty())
        notes_.push_back(unknown);
    const auto listen = [&](const std::string& path) {
        SoundFile file(path, 1, &stop_flag());
        track_ = std::make_shared<const SoundTrack>(listen_to(file));
        if (modulation.needs_beat() && track_->beats_s.size() < 2)
            notes_.push_back(
                fmt::format("no beat is heard in {}: what moves with it stands", path));
    };
    if (!options.sound.empty()) {
        listen(options.sound);
        written_ = std::make_unique<SoundFile>(options.sound, kSoundChannels, &stop_flag());
        return;
    }
    if (!modulation.hears()) return;
    try {
        listen(options.input);
        start_s_ = options.start_s;
    } catch (const Interrupted&) {
        throw;
    } catch (const Error& error) {
        notes_.push_back(
            fmt::format("{}: what moves with it stands; --sound FILE gives it some", error.what()));
    }
}

Heard JobSound::at(double time_s) const {
    if (track_ == nullptr) return {};
    return {track_->at(time_s + start_s_), track_->beat_at(time_s + start_s_)};
}

void JobSound::write_until(double until_s, Sink& to) {
    if (written_ == nullptr) return;
    const auto until = static_cast<int64_t>(until_s * kSoundRate);
    std::vector<float> samples(size_t{kSoundRate} / 10 * kSoundChannels);
    while (samples_ < until) {
        const auto pairs = std::min<int64_t>(until - samples_, kSoundRate / 10);
        samples.resize(static_cast<size_t>(pairs) * kSoundChannels);
        const size_t count = written_->read(samples);
        std::fill(samples.begin() + static_cast<ptrdiff_t>(count), samples.end(), 0.0F);
        to.write_sound(samples);
        samples_ += pairs;
    }
}

}  // namespace reverie
