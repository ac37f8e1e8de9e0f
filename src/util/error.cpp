#include "src/util/error.h"

#include <algorithm>
#include <numeric>

namespace reverie {
namespace {

/// Levenshtein distance, O(|a|·|b|).
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string one_line(std::string_view text, size_t longest) {
    size_t end = std::min(longest, text.size());
    // Not within a character of UTF-8.
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    std::string line(text.substr(0, end));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return end < text.size() ? line + "…" : line;
}

std::vector<std::string> nearest_names(std::string_view word,
                                       const std::vector<std::string>& candidates, size_t count) {
    struct Match {
        size_t distance;
        std::string name;
    };
    std::vector<Match> matches;
    // One letter is near to everything short, and in everything long.
    const size_t farthest = word.size() < 2 ? 1 : std::max<size_t>(2, word.size() / 2);
    for (const std::string& name : candidates) {
        size_t distance = edit_distance(word, name);
        const bool contains = word.size() > 1 && name.find(word) != std::string::npos;
        if (contains) distance = std::min<size_t>(distance, 2);
        if (distance <= farthest) matches.push_back({distance, name});
    }
    std::stable_sort(matches.begin(), matches.end(),
                     [](const Match& a, const Match& b) { return a.distance < b.distance; });
    std::vector<std::string> names;
    for (size_t i = 0; i < std::min(count, matches.size()); ++i) names.push_back(matches[i].name);
    return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view otherwise) {
    const std::vector<std::string> names = nearest_names(word, candidates);
    if (names.empty()) return std::string(otherwise);
    std::string text = "; did you mean " + names[0];
    for (size_t i = 1; i < names.size(); ++i)
        text += (i + 1 == names.size() ? " or " : ", ") + names[i];
    return text + "?";
}

}  // namespace reverie
