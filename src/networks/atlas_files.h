// Where a network's atlas lies: a sheet of pictures for each layer, one square tile for each channel,
// in rows of 32 by number. Sheets belong to the bytes of a weights file, not to its name. Some come
// with the program, beside the weights, with smaller tiles; the others are made once and kept in
// the cache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace reverie {

class AtlasFiles {
  public:
    static constexpr int kColumns = 32;

    /// `sha256`: of the weights file's bytes, as hexadecimal digits.
    AtlasFiles(const std::filesystem::path& weights, const std::string& sha256);

    /// The finished sheet of a layer: the one in the cache, else the one that came with the program;
    /// empty if there is none.
    std::filesystem::path find(const std::string& layer) const;
    /// Only the one in the cache.
    std::filesystem::path find_made(const std::string& layer) const;
    /// Where a sheet that is made here is kept. Throws Error where there is no cache folder (no
    /// home) or it cannot be made.
    std::filesystem::path to_make(const std::string& layer) const;
    /// A layer's name as the name of a file, without an ending.
    static std::string file_name(const std::string& layer);

  private:
    std::filesystem::path shipped_, cache_;
};

/// The tiles of a sheet that is still being made, as bytes, each of the same size: survives being
/// killed at any time, but for the tile that was being written. Two processes cannot make the same
/// sheet at once.
class UnfinishedSheet {
  public:
    /// Opens what is there, or begins. Throws Error where it cannot be written, or another process
    /// is making it.
    UnfinishedSheet(std::filesystem::path path, size_t tile_bytes);
    ~UnfinishedSheet();
    UnfinishedSheet(const UnfinishedSheet&) = delete;
    UnfinishedSheet& operator=(const UnfinishedSheet&) = delete;

    int tiles() const { return tiles_; }
    /// Throws Error: the disk is full.
    void append(const std::vector<uint8_t>& tile);
    /// All tiles, after each other. Throws Error.
    std::vector<uint8_t> bytes() const;
    /// The sheet is finished elsewhere.
    void remove();

  private:
    std::filesystem::path path_;
    size_t tile_bytes_;
    int file_ = -1;
    int tiles_ = 0;
};

}  // namespace reverie
