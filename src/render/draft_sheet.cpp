#include "src/render/draft_sheet.h"

#include <algorithm>

namespace reverie {
namespace {

constexpr int kWidest = 3840;  // px, of a sheet
constexpr uint8_t kPaper = 18, kMissing = 34;

/// All lengths follow the letters, and these the sheet.
struct SheetGrid {
    SheetGrid(Size dreamed, int column_count, int row_count)
        : picture(draft_picture_size(dreamed, column_count)), columns(column_count) {
        const int across = columns * picture.width;
        letters = std::clamp(across / 90, 13, 40);
        gap = std::max(4, letters / 3);
        margin = letters;
        width = 2 * margin + across + (columns - 1) * gap;
        head = 6 * letters;
        strip = 5 * letters / 2;
        height = head + row_count * (strip + picture.height) + margin;
    }

    int x(int column) const { return margin + column * (picture.width + gap); }
    int y(int row) const { return head + row * (strip + picture.height) + strip; }

    Size picture;
    int columns, letters, gap, margin, width, head, strip, height;
};

}  // namespace

Size draft_picture_size(Size dreamed, int columns) {
    const int most = std::max(16, kWidest / columns);
    if (dreamed.width <= most) return dreamed;
    const auto height = static_cast<int>(int64_t{dreamed.height} * most / dreamed.width);
    return {most, std::max(2, height)};
}

Sheet draw_draft_sheet(const DraftSheetText& text, const std::vector<DraftSheetRow>& rows,
                       Size dreamed, bool& has_words) {
    const auto columns = static_cast<int>(text.columns.size());
    const SheetGrid at(dreamed, columns, static_cast<int>(rows.size()));
    Sheet sheet(at.width, at.height, kPaper);
    const int right = at.width - at.margin;
    const int large = at.letters * 5 / 4;
    std::vector<Caption> captions{
        {text.title, at.margin, 2 * at.letters, large},
        {text.facts, at.margin, 7 * at.letters / 2, at.letters, Caption::Align::left, true}};
    for (int c = 0; c < columns; ++c)
        captions.push_back({text.columns[static_cast<size_t>(c)], at.x(c) + at.picture.width / 2,
                            at.head - at.letters, at.letters, Caption::Align::centre, true});
    for (int r = 0; r < static_cast<int>(rows.size()); ++r) {
        const DraftSheetRow& row = rows[static_cast<size_t>(r)];
        const int baseline = at.y(r) - at.letters * 3 / 4;
        captions.push_back({row.name, at.margin, baseline, large});
        captions.push_back({row.figures, right, baseline, at.letters, Caption::Align::right, true});
        for (int c = 0; c < columns; ++c) {
            if (static_cast<size_t>(c) < row.pictures.size())
                sheet.place(row.pictures[static_cast<size_t>(c)], at.x(c), at.y(r),
                            at.picture.width, at.picture.height);
            else
                sheet.fill(at.x(c), at.y(r), at.picture.width, at.picture.height, kMissing);
        }
    }
    has_words = sheet.write(captions);
    return sheet;
}

}  // namespace reverie
