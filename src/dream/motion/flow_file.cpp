// Middlebury .flo: "PIEH" (202021.25 as a float), width, height, then dx, dy of each pixel, all
// little-endian.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "src/dream/motion/motion.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr char kMagic[4] = {'P', 'I', 'E', 'H'};
constexpr int64_t kLargestSide = 1 << 16;

}  // namespace

FlowFile read_flo(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    require(file.good(), "cannot open " + path + "; try another path");
    char magic[4] = {};
    int32_t size[2] = {};
    file.read(magic, sizeof magic);
    file.read(reinterpret_cast<char*>(size), sizeof size);
    require(file.good() && std::memcmp(magic, kMagic, sizeof magic) == 0,
            path + " is no .flo file; try one that begins with PIEH");
    require(size[0] > 0 && size[1] > 0 && size[0] < kLargestSide && size[1] < kLargestSide,
            path + " has an impossible size of " + std::to_string(size[0]) + "x" +
                std::to_string(size[1]) + "; try to write it again");
    const std::streamoff begin = file.tellg();
    file.seekg(0, std::ios::end);
    const size_t values = static_cast<size_t>(size[0]) * static_cast<size_t>(size[1]) * 2;
    require(static_cast<size_t>(file.tellg() - begin) >= values * sizeof(float),
            path + " is cut short; try to write it again");
    file.seekg(begin);
    FlowFile flow{size[0], size[1], std::vector<float>(values)};
    file.read(reinterpret_cast<char*>(flow.values.data()),
              static_cast<std::streamsize>(values * sizeof(float)));
    require(file.good(), "cannot read " + path + "; try another path");
    return flow;
}

void write_flo(const std::string& path, const FlowFile& flow) {
    require(flow.values.size() == static_cast<size_t>(flow.width) * flow.height * 2,
            "write_flo: the flow's values do not fill its size");
    std::ofstream file(path, std::ios::binary);
    require(file.good(), "cannot write " + path + "; try another folder");
    const int32_t size[2] = {flow.width, flow.height};
    file.write(kMagic, sizeof kMagic);
    file.write(reinterpret_cast<const char*>(size), sizeof size);
    file.write(reinterpret_cast<const char*>(flow.values.data()),
               static_cast<std::streamsize>(flow.values.size() * sizeof(float)));
    file.close();
    require(!file.fail(), "cannot write " + path + "; is the disk full?");
}

}  // namespace reverie
