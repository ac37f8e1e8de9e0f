#include "src/session/atlas_sheet.h"

#include "kernels/ops.h"
#include "src/media/libav_facts.h"
#include "src/networks/atlas_files.h"
#include "src/session/picture_file.h"

namespace reverie {

namespace fs = std::filesystem;

AtlasSheet load_atlas_sheet(const fs::path& weights, const std::string& layer) {
    const fs::path file = AtlasFiles(weights, sha256_of_file(weights)).find(layer);
    if (file.empty()) return {};
    const std::unique_ptr<Device> device = open_device({"cpu", 1});
    const std::unique_ptr<Stream> stream = device->make_stream();
    const Picture picture = load_picture(*device, *stream, file);
    AtlasSheet sheet;
    sheet.size = {picture.rgb.width(), picture.rgb.height()};
    sheet.tile = sheet.size.width / AtlasFiles::kColumns;
    sheet.bgra.resize(static_cast<size_t>(picture.rgb.cview().plane_size()));
    device->ops().pack_bgra(*stream, picture.rgb, sheet.bgra.data());
    stream->synchronize();
    return sheet;
}

fs::path weights_of_names(const Network& network) {
    const fs::path& own = network.weights().path;
    return network.weights().kept.has_parent() ? own.parent_path() / "googlenet.safetensors" : own;
}

}  // namespace reverie
