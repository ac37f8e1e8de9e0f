// Names that stand for many pictures: numbered ones (frames/%05d.png), a folder, a glob
// (frames/*.png). They are listed once, with what is missing among them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reverie {

/// Is `path` a name whose last part holds a %d or %0Nd? False if a file of exactly that name
/// exists.
bool is_numbered(const std::string& path);

/// The name of one picture of a numbered sequence.
std::string numbered_file(const std::string& pattern, int64_t number);

/// Does a file exist that is named like `pattern`?
bool has_numbered_file(const std::string& pattern);

/// Does `path` have a picture's extension?
bool has_picture_ending(const std::string& path);

/// Does `spec` stand for many pictures?
bool names_pictures(const std::string& spec);

struct ListedPicture {
    std::string path;   ///< "" for a hole in the numbers
    std::string label;  ///< how a message calls it: its number, or its file's name
};

struct PictureList {
    std::vector<ListedPicture> pictures;  ///< in the order of their numbers, or of their names
    std::optional<int64_t> first_number;  ///< of numbers that count up one by one
    std::string note;                     ///< what a user should know of how they were listed
};

/// The pictures that `spec` stands for: numbers and names in natural order (2 before 10). Throws
/// Error where there are none.
PictureList list_pictures(const std::string& spec);

/// "2 frames missing: 5, 9" or "4 frames missing: 5-7, 9"; "" for none. Consecutive numbers are
/// joined to a range.
std::string missing_text(const std::vector<std::string>& labels);

}  // namespace reverie
