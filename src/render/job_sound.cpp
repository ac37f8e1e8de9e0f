#include "src/render/job_sound.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

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
        SoundPiece all;
        all.until_s = std::numeric_limits<double>::infinity();
        all.path = options.sound;
        playing_.push_back({std::move(all)});
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

JobSound::JobSound(std::vector<SoundPiece> pieces) {
    std::map<std::string, bool> holds_sound;
    for (SoundPiece& piece : pieces) {
        const auto [known, is_new] = holds_sound.try_emplace(piece.path, true);
        try {
            if (is_new) SoundFile(piece.path, kSoundChannels, &stop_flag());
        } catch (const Interrupted&) {
            throw;
        } catch (const Error&) {  // a source without sound, or a pattern
            known->second = false;
        }
        if (known->second) playing_.push_back({std::move(piece)});
    }
}

/// Where the job is in it.
void JobSound::open(Playing& playing) const {
    const SoundPiece& piece = playing.piece;
    const auto begin = [&] {
        playing.file = std::make_unique<SoundFile>(piece.path, kSoundChannels, &stop_flag());
    };
    begin();
    const double gone_s = static_cast<double>(samples_) / kSoundRate - piece.at_s;
    auto left = static_cast<int64_t>((piece.from_s + gone_s) * kSoundRate) * kSoundChannels;
    std::vector<float> passed(size_t{kSoundRate} * kSoundChannels);
    while (left > 0) {
        const auto count = std::min<int64_t>(left, static_cast<int64_t>(passed.size()));
        const size_t got = playing.file->read({passed.data(), static_cast<size_t>(count)});
        left -= static_cast<int64_t>(got);
        if (got == static_cast<size_t>(count)) continue;
        if (got == 0 || !piece.loops) return;
        begin();
    }
}

/// Its next samples, faded.
void JobSound::add(Playing& playing, std::span<float> sum) {
    const SoundPiece& piece = playing.piece;
    if (playing.file == nullptr) open(playing);
    added_.assign(sum.size(), 0.0F);
    const size_t got = playing.file->read(added_);
    if (got < added_.size() && piece.loops) {
        playing.file = std::make_unique<SoundFile>(piece.path, kSoundChannels, &stop_flag());
        playing.file->read(std::span(added_).subspan(got));
    }
    for (size_t i = 0; i < sum.size(); ++i) {
        const double now_s =
            static_cast<double>(samples_ + static_cast<int64_t>(i / kSoundChannels)) / kSoundRate;
        double gain = 1;
        if (piece.fade_in_s > 0) gain = std::min(gain, (now_s - piece.at_s) / piece.fade_in_s);
        if (piece.fade_out_s > 0) gain = std::min(gain, (piece.until_s - now_s) / piece.fade_out_s);
        sum[i] += static_cast<float>(std::max(gain, 0.0)) * added_[i];
    }
}

/// The next sample at which a piece begins or ends, or `until`.
int64_t JobSound::next_change(int64_t until) const {
    for (const Playing& playing : playing_) {
        for (const double edge_s : {playing.piece.at_s, playing.piece.until_s}) {
            const double edge = std::ceil(edge_s * kSoundRate);
            if (edge > static_cast<double>(samples_) && edge < static_cast<double>(until))
                until = static_cast<int64_t>(edge);
        }
    }
    return until;
}

void JobSound::write_until(double until_s, Sink& to) {
    if (!is_written()) return;
    const auto until = static_cast<int64_t>(until_s * kSoundRate);
    std::vector<float> samples;
    while (samples_ < until) {
        const int64_t end = next_change(std::min<int64_t>(until, samples_ + kSoundRate / 10));
        samples.assign(static_cast<size_t>(end - samples_) * kSoundChannels, 0.0F);
        const double now_s = static_cast<double>(samples_) / kSoundRate;
        for (Playing& playing : playing_) {
            if (now_s >= playing.piece.until_s)
                playing.file.reset();
            else if (now_s >= playing.piece.at_s)
                add(playing, samples);
        }
        to.write_sound(samples);
        samples_ = end;
    }
}

}  // namespace reverie
