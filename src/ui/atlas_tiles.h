// The pictures of channels, from a network's atlas, as textures: a sheet a layer. A sheet is decoded
// when one of its pictures is first asked for, in a thread of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>

#include "src/gl/texture.h"
#include "src/session/atlas_sheet.h"

namespace reverie {

/// A part of a texture.
struct TilePicture {
    uint32_t texture = 0;  ///< OpenGL's; 0: there is no picture, or none yet
    float left = 0, top = 0, right = 0, bottom = 0;  ///< 0 … 1
};

/// Thread-safety: belongs to the thread of the window, whose context is current in every call. Its
/// destructor waits for the sheet that is decoded.
class AtlasTiles {
  public:
    using Load =
        std::function<AtlasSheet(const std::filesystem::path& weights, const std::string& layer)>;
    explicit AtlasTiles(Load load = load_atlas_sheet) : load_(std::move(load)) {}

    /// From now on those of the network with these weights.
    void use(const std::filesystem::path& weights);
    /// The picture of a channel, by its number in these weights. Begins to decode its sheet where
    /// that is not there; one at a time.
    TilePicture find(const std::string& layer, int tile);
    /// Takes over a sheet that was decoded, once a frame that is drawn. A line where it is damaged.
    std::optional<std::string> take();

  private:
    struct Sheet {
        StreamedTexture texture;
        int tile = 0;
    };
    Load load_;
    std::filesystem::path weights_;
    std::map<std::string, Sheet> sheets_;  ///< by layer; without a texture: there is none
    std::string coming_layer_;             ///< of coming_
    std::filesystem::path coming_weights_;
    std::future<AtlasSheet> coming_;
};

}  // namespace reverie
