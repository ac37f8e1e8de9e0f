#include "src/dream/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "src/dream/masks/mask_name.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr std::string_view kWord = "word:", kClass = "class:", kGuide = "guide(", kMean = ",mean)";
constexpr std::string_view kInverted = "1-";
constexpr char kAt = '@';

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '/' || c == '.';
}

/// As it can stand in an objective without ": what no name has becomes _, once in a row.
std::string spelled_plainly(std::string_view text) {
    std::string name;
    for (const char c : text) {
        const bool plain = is_name_character(c);
        if (plain || (!name.empty() && name.back() != '_')) name += plain ? c : '_';
    }
    if (!name.empty() && name.back() == '_') name.pop_back();
    return name;
}

/// How a mask is written behind its term: a name that no summand could hold stands between ".
std::string mask_text(std::string_view mask) {
    if (mask.empty()) return "";
    const bool inverted = mask.starts_with(kInverted);
    const std::string_view name = mask.substr(inverted ? kInverted.size() : 0);
    const bool plain = std::all_of(name.begin(), name.end(), is_name_character);
    return fmt::format("{}{}{}", kAt, inverted ? kInverted : "",
                       plain ? std::string(name) : fmt::format("\"{}\"", name));
}

/// Recursive descent over
///   objective := [sign] summand { sign summand }
///   summand   := [number '*'] subject ['@' ['1-'] (mask | '"' file '"')]
///   subject   := layer [':' channel] | 'word:' word | 'class:' class | 'guide(' layer [', mean'] ')'
///   class     := name | '"' name '"' | '#' number
/// where a layer may begin with a digit (`4c`): a number is only what a '*' follows.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Objective parse() {
        Objective objective;
        skip_space();
        if (at_end()) fail("a layer");
        float sign = read_sign().value_or(1.0F);
        while (true) {
            Term term = read_summand();
            term.weight *= sign;
            add(objective, term);
            if (at_end()) return objective;
            const std::optional<float> next = read_sign();
            if (!next) fail_after_summand();
            sign = *next;
        }
    }

  private:
    bool at_end() const { return position_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[position_]; }

    void skip_space() {
        while (!at_end() && std::isspace(static_cast<unsigned char>(text_[position_])) != 0)
            ++position_;
    }

    [[noreturn]] void fail(std::string_view expected) const {
        const std::string found =
            at_end() ? "the end" : fmt::format("'{}'", one_line(text_.substr(position_, 1)));
        throw Error(fmt::format("objective '{}', position {}: expected {}, found {}",
                                one_line(text_), position_ + 1, expected, found));
    }

    [[noreturn]] void fail_after_summand() const {
        if (peek() == '*')
            fail("+, - or the end (a weight stands before its layer, as in 0.5*inception_4c)");
        fail("+, - or the end");
    }

    std::optional<float> read_sign() {
        const char c = peek();
        if (c != '+' && c != '-') return std::nullopt;
        ++position_;
        skip_space();
        return c == '-' ? -1.0F : 1.0F;
    }

    std::optional<float> read_weight() {
        if (std::isdigit(static_cast<unsigned char>(peek())) == 0 && peek() != '.')
            return std::nullopt;
        const size_t start = position_;
        float weight = 0;
        const char* end = text_.data() + text_.size();
        const auto [stop, status] = std::from_chars(text_.data() + position_, end, weight);
        position_ = static_cast<size_t>(stop - text_.data());
        skip_space();
        if (status == std::errc::invalid_argument || peek() != '*') {
            position_ = start;
            return std::nullopt;
        }
        if (status != std::errc() || !std::isfinite(weight)) {
            position_ = start;
            fail("a weight of ordinary size");
        }
        ++position_;
        skip_space();
        return weight;
    }

    Term read_summand() {
        const std::optional<float> weight = read_weight();
        Term term = read_subject(weight ? "a layer" : "a layer or a weight");
        term.weight = weight.value_or(1.0F);
        if (peek() != '@') return term;
        ++position_;
        skip_space();
        return at_mask(term, read_mask());
    }

    /// From behind the @ on.
    std::string read_mask() {
        const size_t start = position_;
        const bool inverted = text_.substr(position_).starts_with(kInverted);
        if (inverted) {
            position_ += kInverted.size();
            skip_space();
        }
        std::string name;
        if (peek() == '"') {
            name = read_quoted("a file's name between two \"");
        } else {
            name = read_name("a mask, as in @person");
        }
        std::string mask = (inverted ? std::string(kInverted) : "") + name;
        if (!read_mask_name(mask)) {
            position_ = start;
            fail("a mask (" + mask_names() + " or a picture's file)");
        }
        return mask;
    }

    Term read_subject(std::string_view expected) {
        Term term;
        term.layer = read_name(expected);
        if (term.layer == "guide" && peek() == '(') {
            term.layer = read_guide();
            return term;
        }
        if (peek() == ':') {
            ++position_;
            if (term.layer == "word") {
                skip_space();
                term.layer = name_of({Subject::Kind::word, read_name("a word, as in word:eyes")});
                return term;
            }
            if (term.layer == "class") {
                skip_space();
                term.layer = name_of({Subject::Kind::of_class, read_class()});
                return term;
            }
            term.channel = read_channel();
        }
        return term;
    }

    std::string read_name(std::string_view expected) {
        const size_t start = position_;
        while (is_name_character(peek())) ++position_;
        if (position_ == start) fail(expected);
        std::string name(text_.substr(start, position_ - start));
        skip_space();
        return name;
    }

    std::string read_class() {
        if (peek() == '#') {
            ++position_;
            return fmt::format("#{}", read_number("a class number"));
        }
        if (peek() != '"') return read_name("a class, as in class:goldfish or class:#1");
        std::string name = spelled_plainly(read_quoted("a class's name between two \""));
        if (name.empty()) fail("a class");
        return name;
    }

    /// From a " on.
    std::string read_quoted(std::string_view expected) {
        const size_t end = text_.find('"', position_ + 1);
        if (end == std::string_view::npos) fail(expected);
        std::string name(text_.substr(position_ + 1, end - position_ - 1));
        position_ = end + 1;
        skip_space();
        return name;
    }

    /// From the bracket on.
    std::string read_guide() {
        ++position_;
        skip_space();
        Subject guide{Subject::Kind::guide, read_name("a layer, as in guide(inception_4c)")};
        if (peek() == ',') {
            ++position_;
            skip_space();
            const size_t start = position_;
            if (read_name("mean") != "mean") {
                position_ = start;
                fail("mean");
            }
            guide.kind = Subject::Kind::guide_mean;
        }
        if (peek() != ')') fail(") or , mean)");
        ++position_;
        skip_space();
        return name_of(guide);
    }

    int read_channel() {
        skip_space();
        return read_number("a channel number");
    }

    int read_number(std::string_view what) {
        int number = 0;
        if (std::isdigit(static_cast<unsigned char>(peek())) == 0)
            fail(fmt::format("{} (from 0)", what));
        const auto [stop, status] =
            std::from_chars(text_.data() + position_, text_.data() + text_.size(), number);
        if (status != std::errc()) fail(fmt::format("{} that fits", what));
        position_ = static_cast<size_t>(stop - text_.data());
        skip_space();
        return number;
    }

    std::string_view text_;
    size_t position_ = 0;
};

}  // namespace

Subject subject_of(const Term& term) {
    const std::string_view whole = term.layer;
    const std::string_view text = whole.substr(0, whole.find(kAt));
    std::string mask(text.size() < whole.size() ? whole.substr(text.size() + 1) : "");
    if (text.starts_with(kWord))
        return {Subject::Kind::word, std::string(text.substr(kWord.size())), std::move(mask)};
    if (text.starts_with(kClass))
        return {Subject::Kind::of_class, std::string(text.substr(kClass.size())), std::move(mask)};
    if (!text.starts_with(kGuide))
        return {Subject::Kind::layer, std::string(text), std::move(mask)};
    const bool mean = text.ends_with(kMean);
    const size_t end = text.size() - (mean ? kMean.size() : 1);
    return {mean ? Subject::Kind::guide_mean : Subject::Kind::guide,
            std::string(text.substr(kGuide.size(), end - kGuide.size())), std::move(mask)};
}

std::string name_of(const Subject& subject) {
    const std::string at = subject.mask.empty() ? "" : kAt + subject.mask;
    switch (subject.kind) {
        case Subject::Kind::layer:
            break;
        case Subject::Kind::word:
            return fmt::format("{}{}{}", kWord, subject.name, at);
        case Subject::Kind::of_class:
            return fmt::format("{}{}{}", kClass, subject.name, at);
        case Subject::Kind::guide:
            return fmt::format("{}{}){}", kGuide, subject.name, at);
        case Subject::Kind::guide_mean:
            return fmt::format("{}{}{}{}", kGuide, subject.name, kMean, at);
    }
    return subject.name + at;
}

Term everywhere(Term term) { return at_mask(std::move(term), ""); }

Term at_mask(Term term, const std::string& mask) {
    Subject subject = subject_of(term);
    subject.mask = mask;
    term.layer = name_of(subject);
    return term;
}

std::vector<std::string> masks_of(const Objective& objective) {
    std::vector<std::string> masks;
    for (const Term& term : objective.terms) {
        std::string mask = subject_of(term).mask;
        if (!mask.empty() && std::find(masks.begin(), masks.end(), mask) == masks.end())
            masks.push_back(std::move(mask));
    }
    return masks;
}

void add(Objective& objective, const Term& term) {
    for (Term& present : objective.terms) {
        if (present.layer == term.layer && present.channel == term.channel) {
            present.weight += term.weight;
            return;
        }
    }
    objective.terms.push_back(term);
}

Objective parse_objective(std::string_view text) { return Parser(text).parse(); }

std::string to_text(const Objective& objective) {
    std::string text;
    for (const Term& term : objective.terms) {
        const bool negative = std::signbit(term.weight);
        if (!text.empty()) {
            text += negative ? " - " : " + ";
        } else if (negative) {
            text += '-';
        }
        const float size = std::abs(term.weight);
        if (size != 1.0F) text += fmt::format("{}*", size);
        text += everywhere(term).layer;
        if (term.channel >= 0) text += fmt::format(":{}", term.channel);
        text += mask_text(subject_of(term).mask);
    }
    return text;
}

std::string to_short_text(const Objective& objective) {
    Objective rounded;
    for (Term term : objective.terms) {
        term.weight = std::round(term.weight * 100) / 100;
        if (term.weight != 0) rounded.terms.push_back(std::move(term));
    }
    return to_text(rounded.terms.empty() ? objective : rounded);
}

Objective mix(const Objective& a, const Objective& b, float t) {
    Objective mixed;
    for (Term term : a.terms) {
        term.weight *= 1.0F - t;
        add(mixed, term);
    }
    for (Term term : b.terms) {
        term.weight *= t;
        add(mixed, term);
    }
    std::erase_if(mixed.terms, [](const Term& term) { return term.weight == 0.0F; });
    return mixed;
}

}  // namespace reverie
