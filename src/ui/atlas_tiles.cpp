#include "src/ui/atlas_tiles.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "src/util/error.h"
#include "src/util/thread_priority.h"

namespace reverie {

void AtlasTiles::use(const std::filesystem::path& weights) {
    if (weights == weights_) return;
    weights_ = weights;
    sheets_.clear();
}

TilePicture AtlasTiles::find(const std::string& layer, int tile) {
    const auto found = sheets_.find(layer);
    if (found == sheets_.end()) {
        if (coming_.valid()) return {};
        try {
            coming_ = std::async(std::launch::async, [load = load_, weights = weights_, layer] {
                give_way_to_the_show();
                return load(weights, layer);
            });
            coming_layer_ = layer;
            coming_weights_ = weights_;
        } catch (const std::system_error&) {
            // No thread is to be had: the next frame asks again.
        }
        return {};
    }
    const Sheet& sheet = found->second;
    if (sheet.texture.empty() || tile < 0) return {};
    const Size size = sheet.texture.texture().size();
    const int columns = size.width / sheet.tile;
    const int x = tile % columns * sheet.tile, y = tile / columns * sheet.tile;
    if (y + sheet.tile > size.height) return {};
    // Half a pixel inside, so that nothing of its neighbours is seen.
    const auto share = [](int at, float inside, int all) {
        return (static_cast<float>(at) + inside) / static_cast<float>(all);
    };
    return {sheet.texture.texture().id(), share(x, 0.5F, size.width), share(y, 0.5F, size.height),
            share(x + sheet.tile, -0.5F, size.width), share(y + sheet.tile, -0.5F, size.height)};
}

std::optional<std::string> AtlasTiles::take() {
    if (!coming_.valid() || coming_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        return std::nullopt;
    AtlasSheet decoded;
    std::optional<std::string> problem;
    try {
        decoded = coming_.get();
    } catch (const std::exception& error) {
        problem = error.what();  // its words stand alone
    }
    if (coming_weights_ != weights_) return problem;
    Sheet& sheet = sheets_[coming_layer_];
    sheet.tile = decoded.tile;
    if (decoded.tile <= 0) return problem;
    sheet.texture.upload_bgra8(decoded.size, reinterpret_cast<const uint8_t*>(decoded.bgra.data()),
                               int64_t{4} * decoded.size.width);
    return problem;
}

}  // namespace reverie
