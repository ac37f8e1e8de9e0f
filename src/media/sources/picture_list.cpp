#include "src/media/sources/picture_list.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// From here on, a number is a timestamp (1764412345, 20240101120001) and not a counter: the
/// numbers between were never made.
constexpr int64_t kClockReading = 1'000'000'000;
constexpr size_t kMostDigits = 18;  ///< of a number that int64_t holds
constexpr size_t kMostLabels = 20;  ///< in one message

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// prefix %0Nd suffix
struct NumberedName {
    std::string prefix, suffix;
    size_t digits = 0;
    bool valid = false;
};

/// A percent sign in a folder's name has no meaning; of two in the file's name, the last one
/// counts.
NumberedName parse_numbered(const std::string& path) {
    constexpr size_t kWidthDigits = 3;
    NumberedName name;
    const size_t slash = path.rfind('/');
    const size_t file = slash == std::string::npos ? 0 : slash + 1;
    for (size_t at = path.find('%', file); at != std::string::npos; at = path.find('%', at + 1)) {
        size_t end = at + 1;
        while (end < path.size() && is_digit(path[end])) ++end;
        const std::string digits = path.substr(at + 1, end - at - 1);
        if (end >= path.size() || path[end] != 'd' || digits.size() > kWidthDigits) continue;
        name.digits = digits.empty() ? 0 : std::stoul(digits);
        name.prefix = path.substr(0, at);
        name.suffix = path.substr(end + 1);
        name.valid = true;
    }
    return name;
}

size_t leading_zeros(std::string_view digits) {
    return std::min(digits.find_first_not_of('0'), digits.size() - 1);
}

/// The digits of `file` if it belongs to the sequence, else "". Both are names in a folder.
std::string digits_of(const std::string& file, const NumberedName& name) {
    const size_t fixed = name.prefix.size() + name.suffix.size();
    if (file.size() <= fixed || !file.starts_with(name.prefix) || !file.ends_with(name.suffix))
        return "";
    std::string digits = file.substr(name.prefix.size(), file.size() - fixed);
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return "";
    const bool padded = digits.size() == name.digits;
    const bool longer = digits.size() > name.digits && (digits.size() == 1 || digits[0] != '0');
    return padded || longer ? digits : "";
}

/// Compares runs of digits by their value, the rest by its bytes.
bool natural_less(const std::string& a, const std::string& b) {
    size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (!is_digit(a[i]) || !is_digit(b[j])) {
            if (a[i] != b[j]) return a[i] < b[j];
            ++i;
            ++j;
            continue;
        }
        const auto run = [](const std::string& s, size_t& at) {
            const size_t begin = at;
            while (at < s.size() && is_digit(s[at])) ++at;
            const std::string_view digits = std::string_view(s).substr(begin, at - begin);
            return digits.substr(leading_zeros(digits));
        };
        const std::string_view x = run(a, i), y = run(b, j);
        if (x.size() != y.size()) return x.size() < y.size();
        if (x != y) return x < y;
    }
    if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
    return a < b;
}

/// Names in `folder`, "" for the current one. Empty if it cannot be listed.
std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    for (fs::directory_iterator entry(folder.empty() ? "." : folder, failure), end;
         !failure && entry != end; entry.increment(failure)) {
        names.push_back(entry->path().filename().string());
    }
    return names;
}

/// The digits of all files of a sequence, in the order of the numbers.
std::vector<std::string> find_numbers(const std::string& pattern) {
    const fs::path path(pattern);
    const NumberedName name = parse_numbered(path.filename().string());
    std::vector<std::string> numbers;
    for (const std::string& file : names_in(path.parent_path())) {
        if (std::string digits = digits_of(file, name); !digits.empty())
            numbers.push_back(std::move(digits));
    }
    std::sort(numbers.begin(), numbers.end(), natural_less);
    return numbers;
}

/// The step between numbers: 1, unless most of them have another one (every second frame was
/// rendered).
int64_t step_of(const std::vector<int64_t>& numbers) {
    std::map<int64_t, int> steps;
    for (size_t i = 1; i < numbers.size(); ++i) ++steps[numbers[i] - numbers[i - 1]];
    constexpr int kFewest = 3;
    const auto most =
        std::max_element(steps.begin(), steps.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return most != steps.end() && most->second >= kFewest ? most->first : 1;
}

/// Inserts holes where numbers are missing; adds a note if the numbers do not count up.
void find_holes(PictureList& list, const std::vector<int64_t>& numbers) {
    if (numbers.back() >= kClockReading) return;
    const int64_t step = step_of(numbers);
    int64_t missing = 0;
    for (size_t i = 1; i < numbers.size(); ++i) missing += (numbers[i] - numbers[i - 1] - 1) / step;
    const auto present = static_cast<int64_t>(numbers.size());
    if (missing > present) {
        list.note = "the numbers do not count up; the " + std::to_string(present) +
                    " pictures are shown one after the other";
        return;
    }
    if (step == 1) list.first_number = numbers.front();
    if (step > 1) list.note = "the numbers count by " + std::to_string(step);
    std::vector<ListedPicture> all;
    for (size_t i = 0; i < numbers.size(); ++i) {
        for (int64_t n = all.empty() ? numbers[i] : numbers[i - 1] + step; n < numbers[i];
             n += step)
            all.push_back({"", std::to_string(n)});
        all.push_back(std::move(list.pictures[i]));
    }
    list.pictures = std::move(all);
}

PictureList list_numbered(const std::string& pattern) {
    const NumberedName name = parse_numbered(pattern);
    PictureList list;
    std::vector<int64_t> numbers;
    for (const std::string& digits : find_numbers(pattern)) {
        const std::string number = digits.substr(leading_zeros(digits));
        list.pictures.push_back({name.prefix + digits + name.suffix, number});
        if (number.size() <= kMostDigits) numbers.push_back(std::stoll(number));
    }
    require(!list.pictures.empty(),
            "no picture is named like '" + pattern + "'; check the folder and the digits");
    if (numbers.size() == list.pictures.size()) find_holes(list, numbers);
    return list;
}

/// Those of `paths` that are named like pictures, in natural order. Hidden files are no pictures.
PictureList list_by_name(std::vector<std::string> paths) {
    std::sort(paths.begin(), paths.end(), natural_less);
    PictureList list;
    size_t others = 0;
    for (const std::string& path : paths) {
        const std::string name = fs::path(path).filename().string();
        std::error_code ignored;
        if (name.starts_with('.') || fs::is_directory(path, ignored)) continue;
        if (has_picture_ending(name)) {
            list.pictures.push_back({path, name});
        } else {
            ++others;
        }
    }
    if (others > 0) {
        list.note = std::to_string(others) + (others == 1 ? " file" : " files") +
                    " left out, not named like a picture";
    }
    return list;
}

PictureList list_folder(const std::string& folder) {
    std::vector<std::string> paths;
    for (const std::string& name : names_in(folder)) paths.push_back(fs::path(folder) / name);
    PictureList list = list_by_name(std::move(paths));
    require(!list.pictures.empty(),
            "cannot read '" + folder + "': it is a folder without pictures");
    return list;
}

PictureList list_glob(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    PictureList list = list_by_name(std::move(paths));
    require(!list.pictures.empty(), "cannot read '" + pattern +
                                        "': No such file or directory, and no picture matches "
                                        "it as a pattern");
    return list;
}

bool is_glob(const std::string& spec) {
    std::error_code ignored;
    return spec.find_first_of("*?[") != std::string::npos && !fs::exists(spec, ignored);
}

bool is_folder(const std::string& spec) {
    std::error_code ignored;
    return fs::is_directory(spec, ignored);
}

/// The number that a label is, or none.
std::optional<int64_t> number_of(const std::string& label) {
    if (label.empty() || label.size() > kMostDigits ||
        !std::all_of(label.begin(), label.end(), is_digit)) {
        return std::nullopt;
    }
    return std::stoll(label);
}

}  // namespace

bool is_numbered(const std::string& path) {
    std::error_code ignored;
    return parse_numbered(path).valid && !fs::exists(path, ignored);
}

std::string numbered_file(const std::string& pattern, int64_t number) {
    const NumberedName name = parse_numbered(pattern);
    std::string digits = std::to_string(number);
    if (digits.size() < name.digits) digits.insert(0, name.digits - digits.size(), '0');
    return name.prefix + digits + name.suffix;
}

bool has_numbered_file(const std::string& pattern) { return !find_numbers(pattern).empty(); }

bool has_picture_ending(const std::string& path) {
    constexpr std::array<std::string_view, 21> kEndings{
        ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm",
        ".pam", ".pfm", ".tga",  ".jxl", ".exr", ".jp2",  ".dpx",  ".sgi", ".hdr", ".qoi"};
    std::string ending = fs::path(path).extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

bool names_pictures(const std::string& spec) {
    return is_numbered(spec) || is_folder(spec) || is_glob(spec);
}

PictureList list_pictures(const std::string& spec) {
    if (is_numbered(spec)) return list_numbered(spec);
    return is_folder(spec) ? list_folder(spec) : list_glob(spec);
}

std::string missing_text(const std::vector<std::string>& labels) {
    if (labels.empty()) return "";
    std::string text = std::to_string(labels.size()) +
                       (labels.size() == 1 ? " frame missing: " : " frames missing: ");
    size_t said = 0;
    for (size_t i = 0; i < labels.size(); ++said) {
        if (said > 0) text += ", ";
        if (said == kMostLabels) return text + "…";
        size_t last = i;
        while (last + 1 < labels.size() && number_of(labels[last]) && number_of(labels[last + 1]) &&
               *number_of(labels[last]) + 1 == *number_of(labels[last + 1])) {
            ++last;
        }
        // For two numbers, a range would not be shorter.
        text += last > i + 1 ? labels[i] + "-" + labels[last] : labels[i];
        i = last > i + 1 ? last + 1 : i + 1;
    }
    return text;
}

}  // namespace reverie
