// The contact sheet of a draft: a column for each moment, a row for each setting.
#pragma once

#include <string>
#include <vector>

#include "src/media/sheet.h"
#include "src/util/size.h"

namespace reverie {

/// What stands above a row's pictures, and the pictures: one for each moment, or fewer where the
/// draft was stopped.
struct DraftSheetRow {
    std::string name, figures;
    std::vector<VideoFrame> pictures;
};

struct DraftSheetText {
    std::string title, facts;          ///< above all: what it is of; how it was made
    std::vector<std::string> columns;  ///< of the moments
};

/// The size of each picture on the sheet: that of the dream, or smaller where so many columns would
/// not fit on a sheet.
Size draft_picture_size(Size dreamed, int columns);

/// `has_words`: set to false where there is no font.
Sheet draw_draft_sheet(const DraftSheetText& text, const std::vector<DraftSheetRow>& rows,
                       Size dreamed, bool& has_words);

}  // namespace reverie
