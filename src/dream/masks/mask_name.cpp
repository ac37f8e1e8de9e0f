#include "src/dream/masks/mask_name.h"

namespace reverie {
namespace {

struct MaskRow {
    std::string_view name;
    MaskKind kind;
    bool inverted;
};
constexpr MaskRow kRows[] = {
    {"person", MaskKind::person, false}, {"room", MaskKind::person, true},
    {"motion", MaskKind::motion, false}, {"bright", MaskKind::bright, false},
    {"dark", MaskKind::bright, true},    {"brush", MaskKind::brush, false},
    {"alpha", MaskKind::alpha, false},   {"second", MaskKind::second, false},
};

}  // namespace

std::optional<MaskName> read_mask_name(std::string_view text) {
    constexpr std::string_view kInverted = "1-";
    MaskName mask;
    mask.inverted = text.starts_with(kInverted);
    if (mask.inverted) text.remove_prefix(kInverted.size());
    for (const MaskRow& row : kRows) {
        if (row.name != text) continue;
        mask.kind = row.kind;
        mask.inverted = mask.inverted != row.inverted;
        return mask;
    }
    if (text.find_first_of("./") == std::string_view::npos) return std::nullopt;
    mask.kind = MaskKind::picture;
    mask.file = text;
    return mask;
}

std::string mask_names() {
    std::string names;
    for (const MaskRow& row : kRows) names += (names.empty() ? "" : ", ") + std::string(row.name);
    return names;
}

}  // namespace reverie
