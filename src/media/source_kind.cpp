#include "src/media/source_kind.h"

#include <algorithm>

namespace reverie {

extern const SourceKind kPatternKind, kCameraKind, kStdinKind, kStreamKind, kSequenceKind,
    kFifoKind, kPictureKind, kVideoKind;

const std::vector<const SourceKind*>& source_kinds() {
    // The last one accepts every spec.
    static const std::vector<const SourceKind*> kKinds{&kPatternKind, &kCameraKind, &kStdinKind,
                                                       &kStreamKind,  &kFifoKind,   &kSequenceKind,
                                                       &kPictureKind, &kVideoKind};
    return kKinds;
}

const SourceKind& source_kind_of(const std::string& spec) {
    const std::vector<const SourceKind*>& kinds = source_kinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const SourceKind* kind) { return kind->recognises(spec); });
    return found != kinds.end() ? **found : *kinds.back();
}

void require_source(const std::string& spec) {
    const SourceKind& kind = source_kind_of(spec);
    if (kind.check != nullptr) return kind.check(spec);
    if (!kind.comes_later) open_source(spec);
}

std::string source_help(SourceUse use) {
    std::vector<std::string> parts;
    for (const SourceKind* kind : source_kinds()) {
        if (std::string part = kind->help(use); !part.empty()) parts.push_back(std::move(part));
    }
    // In reverse, so that files come first: the table begins with the kinds that are easily
    // recognised.
    std::reverse(parts.begin(), parts.end());
    std::string text;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += i + 1 == parts.size() ? ", or " : ", ";
        text += parts[i];
    }
    return text;
}

bool is_live(const SourceKind& kind, double duration_s, bool still) {
    switch (kind.liveness) {
        case Liveness::live:
            return true;
        case Liveness::live_without_length:
            return duration_s == 0 && !still;
        default:
            return false;
    }
}

}  // namespace reverie
