#include "src/net/class_labels.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace reverie {
namespace {

/// Lower case, and _ for whatever stands between words.
std::string spelling_of(std::string_view text) {
    std::string spelling;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0)
            spelling += static_cast<char>(std::tolower(byte));
        else if (!spelling.empty() && spelling.back() != '_')
            spelling += '_';
    }
    if (!spelling.empty() && spelling.back() == '_') spelling.pop_back();
    return spelling;
}

/// A label, without blanks at its ends and without a WordNet number.
std::string label_of(std::string line) {
    constexpr size_t kDigits = 8;
    const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    line.erase(line.begin(), std::find_if_not(line.begin(), line.end(), is_blank));
    while (!line.empty() && is_blank(line.back())) line.pop_back();
    const bool numbered = line.size() > kDigits + 1 && line[0] == 'n' &&
                          std::all_of(line.begin() + 1, line.begin() + 1 + kDigits, is_digit) &&
                          is_blank(line[kDigits + 1]);
    return numbered ? label_of(line.substr(kDigits + 1)) : line;
}

/// The spellings of a label's names.
std::vector<std::string> spellings_of(const std::string& label) {
    std::vector<std::string> spellings;
    std::istringstream text(label);
    for (std::string name; std::getline(text, name, ',');) {
        std::string spelling = spelling_of(name);
        if (!spelling.empty()) spellings.push_back(std::move(spelling));
    }
    return spellings;
}

}  // namespace

ClassLabels::ClassLabels(std::string_view lines) {
    std::istringstream text{std::string(lines)};
    for (std::string line; std::getline(text, line);) labels_.push_back(label_of(std::move(line)));
    while (!labels_.empty() && labels_.back().empty()) labels_.pop_back();
}

std::string ClassLabels::label(int number) const {
    const auto index = static_cast<size_t>(number);
    return index < labels_.size() ? labels_[index] : "";
}

std::vector<int> ClassLabels::find(std::string_view name) const {
    const std::string wanted = spelling_of(name);
    std::vector<int> found;
    for (size_t i = 0; i < labels_.size() && !wanted.empty(); ++i) {
        const std::vector<std::string> names = spellings_of(labels_[i]);
        if (spelling_of(labels_[i]) == wanted ||
            std::find(names.begin(), names.end(), wanted) != names.end())
            found.push_back(static_cast<int>(i));
    }
    return found;
}

std::string ClassLabels::name(int number) const {
    for (std::string& name : spellings_of(label(number))) {
        if (find(name).size() == 1) return std::move(name);
    }
    return '#' + std::to_string(number);
}

std::vector<int> ClassLabels::with_words(std::string_view words) const {
    const std::string wanted = spelling_of(words);
    std::vector<int> found;
    for (size_t i = 0; i < labels_.size() && !wanted.empty(); ++i) {
        const std::string label = "_" + spelling_of(labels_[i]) + "_";
        if (label.find("_" + wanted + "_") != std::string::npos)
            found.push_back(static_cast<int>(i));
    }
    return found;
}

std::vector<std::string> ClassLabels::names() const {
    std::set<std::string> all;
    for (const std::string& label : labels_) {
        for (std::string& name : spellings_of(label)) all.insert(std::move(name));
    }
    return {all.begin(), all.end()};
}

}  // namespace reverie
