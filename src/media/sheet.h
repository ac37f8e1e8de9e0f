// A sheet of pictures with words between them: what `atlas` and `draft` show their results on.
#pragma once

#include <string>
#include <vector>

#include "src/media/frames/frame.h"

namespace reverie {

/// One line of words on a sheet.
struct Caption {
    enum class Align : uint8_t { left, centre, right };

    std::string text;  ///< UTF-8
    int x = 0;         ///< px, of the end that `align` names
    int baseline = 0;  ///< px, of the line's feet
    int size = 0;      ///< of the letters, px
    Align align = Align::left;
    bool quiet = false;  ///< in gray
};

/// Thread-safety: used by one thread.
class Sheet {
  public:
    /// `width` × `height` px of one gray, 0 … 255.
    Sheet(int width, int height, uint8_t gray);

    /// Puts a frame of any format with its upper left corner at (x, y), resized to `width` ×
    /// `height`. Throws Error where it does not lie inside of the sheet.
    void place(const VideoFrame& frame, int x, int y, int width, int height);
    /// Fills such an area with one gray.
    void fill(int x, int y, int width, int height, uint8_t gray);
    /// Draws all captions, with a font of the system. False where there is none: then nothing is
    /// drawn.
    bool write(const std::vector<Caption>& captions);

    /// Writes it as a picture; `recipe`: see recipe_file.h. Throws Error as open_sink() does.
    void save(const std::string& path, bool overwrite, const std::string& recipe = "") const;
    /// Throws as save() would, for a name that is none of one picture as well; writes nothing.
    static void require_savable(const std::string& path, bool overwrite);

    /// R, G, B of 8 bits in one plane.
    const VideoFrame& picture() const { return picture_; }

  private:
    VideoFrame area(int x, int y, int width, int height) const;

    VideoFrame picture_;
};

}  // namespace reverie
