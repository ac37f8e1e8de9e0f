#include "src/dream/state_archive.h"

namespace reverie {
namespace {

constexpr const char* kDamaged = "the kept state of the dream is damaged, or another version's";
constexpr int kMostOfASide = 1 << 20;  // of a picture: three of them make no overflow

}  // namespace

std::string_view StateArchive::take(size_t count) {
    require(count <= rest_.size(), kDamaged);
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

void StateArchive::bytes(void* memory, size_t count) {
    if (count == 0) return;
    if (restores_)
        std::memcpy(memory, take(count).data(), count);
    else
        saved_.append(static_cast<const char*>(memory), count);
}

size_t StateArchive::size(size_t now, size_t least_bytes) {
    auto count = static_cast<uint64_t>(now);
    value(count);
    require(!restores_ || count <= rest_.size() / least_bytes, kDamaged);
    return static_cast<size_t>(count);
}

void StateArchive::value(std::string& text) {
    text.resize(size(text.size(), 1));
    bytes(text.data(), text.size());
}

void StateArchive::image(Image& image) {
    int sides[3] = {image.width(), image.height(), image.view().channels};
    value(sides);
    const auto count = static_cast<size_t>(sides[0]) * sides[1] * sides[2];
    if (restores_) {
        for (const int side : sides) require(side >= 0 && side <= kMostOfASide, kDamaged);
        require(count <= rest_.size() / sizeof(float), kDamaged);
        if (count == 0) image = {};
        if (count > 0) image.resize(device_, sides[0], sides[1], sides[2]);
    }
    memory(image.view().data, count * sizeof(float));
}

void StateArchive::memory(void* on_device, size_t count) {
    if (count == 0) return;
    if (restores_) return device_.upload(stream_, on_device, take(count).data(), count);
    const size_t before = saved_.size();
    saved_.resize(before + count);
    device_.download(stream_, saved_.data() + before, on_device, count);
}

void StateArchive::require_end() const { require(rest_.empty(), kDamaged); }

}  // namespace reverie
