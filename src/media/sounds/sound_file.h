// The sound of a file from beginning to end, as fast as it can be read: for analysis before, or
// without, its pictures.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace reverie {

/// Thread-safety: belongs to one thread; `stop` may be set from any.
class SoundFile {
  public:
    /// `path`: a file of any format that libav reads, or a URL; its first stream of sound (or the
    /// one that is marked as the main one). Throws Error if it cannot be read or holds no sound.
    /// `channels`: 1, all mixed into one, or 2. `stop`: true ends it, and read() throws
    /// Interrupted.
    explicit SoundFile(const std::string& path, int channels = 1,
                       const std::atomic<bool>* stop = nullptr);
    ~SoundFile();
    SoundFile(const SoundFile&) = delete;
    SoundFile& operator=(const SoundFile&) = delete;

    /// The next samples, −1 … 1 at kSoundRate: of one channel, or left, right, left, … Sample 0 is
    /// at time 0 of the pictures that a source gives of the same file; gaps are silence. Returns
    /// how many floats: fewer than asked for at the end. Damaged sound becomes silence.
    size_t read(std::span<float> samples);

  private:
    class Decoder;
    std::unique_ptr<Decoder> decoder_;
};

}  // namespace reverie
