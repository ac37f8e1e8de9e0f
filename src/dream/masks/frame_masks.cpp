#include "src/dream/masks/frame_masks.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/ops.h"

namespace reverie {

const FrameMasks::Named* FrameMasks::find(const std::string& name) const {
    for (const Named& named : masks_) {
        if (named.name == name) return &named;
    }
    return nullptr;
}

Image& FrameMasks::make(const std::string& name) {
    for (Named& named : masks_) {
        if (named.name == name) return named.mask;
    }
    masks_.emplace_back().name = name;
    return masks_.back().mask;
}

void FrameMasks::remove(const std::string& name) {
    std::erase_if(masks_, [&](const Named& named) { return named.name == name; });
}

void FrameMasks::copy_to(Device& device, Stream& stream, FrameMasks& other) const {
    other.masks_.resize(masks_.size());
    for (size_t i = 0; i < masks_.size(); ++i) {
        const Pixels<const float> from = masks_[i].mask;
        Image& to = other.masks_[i].mask;
        other.masks_[i].name = masks_[i].name;
        to.resize(device, from.width, from.height, 1);
        device.copy(stream, to.view().data, from.data,
                    static_cast<size_t>(from.size()) * sizeof(float));
    }
}

std::vector<Pixels<const float>> FrameMasks::of(const Objective& objective) const {
    std::vector<Pixels<const float>> masks;
    for (const std::string& name : masks_of(objective)) {
        const Named* named = find(name);
        masks.push_back(named != nullptr ? named->mask.cview() : Pixels<const float>());
    }
    return masks;
}

bool FrameMasks::cover(Device& device, Stream& stream, const Objective& objective, int width,
                       int height, Image& coverage) const {
    MaskSum sum;
    std::vector<std::string> names;
    float all = 0;
    for (const Term& term : objective.terms) {
        const float weight = std::abs(term.weight);
        const std::string name = subject_of(term).mask;
        const Named* named = find(name);
        all += weight;
        if (named == nullptr || named->mask.width() != width || named->mask.height() != height) {
            sum.unmasked += weight;
            continue;
        }
        const auto at = std::find(names.begin(), names.end(), name);
        const auto k = static_cast<size_t>(at - names.begin());
        if (at == names.end()) {
            if (names.size() == kMostMasks) continue;
            names.push_back(name);
            sum.mask[k] = named->mask;
        }
        sum.weight[k] += weight;
    }
    if (names.empty() || all == 0) return false;
    sum.count = static_cast<int>(names.size());
    sum.unmasked /= kFullShare * all;
    for (float& weight : sum.weight) weight /= kFullShare * all;
    coverage.resize(device, width, height, 1);
    device.ops().add_masks(stream, sum, coverage);
    return true;
}

}  // namespace reverie
