#include "src/dream/masks/person_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/dream/state_archive.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kSlow = 0.01F, kFast = 0.04F;  // picture widths a second: motion is seen between
constexpr double kMovedS = 6;                  // what has moved so long ago is half forgotten
constexpr double kUsualS = 0.3;                // the same, where the background is seen
constexpr double kColoursS = 20;               // likewise, of colours
constexpr double kBackgroundS = 4;             // after which a cell without anybody is known
constexpr float kStill = 3;                    // of 255: a cell that changes less stands still
constexpr float kUsual = 0.6F;                 // of what differs from the background
constexpr float kNewColour = 12;               // of 255: what has changed so much is another thing
constexpr float kReach = 0.18F;                // of the width: near what moved

// Log odds.
constexpr float kNobody = -2.2F;       // before anything is seen
constexpr float kOfDifference = 3.0F;  // a cell that is nothing like the background
constexpr float kOfUsual = 3.0F;       // against a cell that looks as it always does
constexpr float kOfMotion = 3.0F;      // a cell that moves
constexpr float kOfNearness = 2.6F;    // a cell in the middle of what has moved
constexpr float kMostOfColour = 2.2F;
constexpr float kRareColour = 0.0015F;  // a share of all that is as good as none
constexpr float kOfNeighbours = 1.1F;   // all four neighbours, of the same colour
constexpr float kSameColour = 20;       // of 255
constexpr float kOfAnyColour = 0.3F;    // how much of that, of another colour

constexpr int kAgreements = 4;  // rounds in which neighbours are asked

/// Between the four cells around a place; beyond the edges, theirs.
class CellPlace {
  public:
    CellPlace(float x, float y, int columns, int rows) {
        x = std::clamp(x, 0.0F, static_cast<float>(columns - 1));
        y = std::clamp(y, 0.0F, static_cast<float>(rows - 1));
        const auto left = static_cast<int>(x), above = static_cast<int>(y);
        tx_ = x - static_cast<float>(left);
        ty_ = y - static_cast<float>(above);
        const int right = std::min(left + 1, columns - 1), below = std::min(above + 1, rows - 1);
        at_[0] = static_cast<ptrdiff_t>(above) * columns + left;
        at_[1] = static_cast<ptrdiff_t>(above) * columns + right;
        at_[2] = static_cast<ptrdiff_t>(below) * columns + left;
        at_[3] = static_cast<ptrdiff_t>(below) * columns + right;
    }
    float read(const float* cells) const {
        const float upper = std::lerp(cells[at_[0]], cells[at_[1]], tx_);
        return std::lerp(upper, std::lerp(cells[at_[2]], cells[at_[3]], tx_), ty_);
    }

  private:
    ptrdiff_t at_[4];
    float tx_, ty_;
};

float odds(float evidence) { return 1 / (1 + std::exp(-evidence)); }

size_t level_of(float v, size_t levels) {
    const auto most = static_cast<float>(levels - 1);
    return static_cast<size_t>(std::clamp(v / 256 * static_cast<float>(levels), 0.0F, most));
}

}  // namespace

/// How surely a cell looks as it always does, 0 … 1.
float PersonModel::usual_at(size_t cell) const {
    const float differs = background_.differences()[cell];
    return known_[cell] * std::clamp((kUsual - differs) / kUsual, 0.0F, 1.0F);
}

void PersonModel::forget() { *this = PersonModel(); }

void PersonModel::keep(StateArchive& archive) {
    archive.value(columns_);
    archive.value(rows_);
    archive.values(colours_);
    background_.keep(archive);
    archive.values(known_);
    archive.values(moved_);
    archive.values(evidence_);
    archive.values(person_);
    archive.value(of_person_);
    archive.value(of_room_);
}

const std::vector<float>& PersonModel::observe(int columns, int rows,
                                               const std::vector<float>& colours,
                                               const std::vector<float>& flow, double dt_s) {
    const size_t cells = static_cast<size_t>(columns) * rows;
    require(cells > 0 && colours.size() == 3 * cells, "a person is looked for in a grid of cells");
    if (columns != columns_ || rows != rows_) {
        forget();
        columns_ = columns;
        rows_ = rows;
        moved_.assign(cells, 0);
        known_.assign(cells, 0);
        person_.assign(cells, 0);
    }
    const std::vector<float> before = std::exchange(colours_, colours);
    for (size_t i = 0; i < cells; ++i)
        known_[i] =
            std::min(1.0F, known_[i] + (1 - person_[i]) * static_cast<float>(dt_s / kBackgroundS));
    background_.observe(colours, dt_s);
    see_motion(before, flow, dt_s);
    learn_colours(dt_s);
    judge();
    agree();
    return person_;
}

/// What moves beside the picture as a whole, which a hand that holds the camera moves too. What has
/// moved is remembered where it has gone; a cell whose colour has not come along has been left.
void PersonModel::see_motion(const std::vector<float>& before, const std::vector<float>& flow,
                             double dt_s) {
    const size_t cells = moved_.size();
    const auto kept = static_cast<float>(std::exp2(-dt_s / kMovedS));
    if (before.size() != colours_.size() || flow.size() != 2 * cells) {
        for (float& moved : moved_) moved *= kept;
        return;
    }
    const auto across = static_cast<ptrdiff_t>(cells);
    const float pan = median({flow.begin(), flow.begin() + across});
    const float tilt = median({flow.begin() + across, flow.end()});
    const auto in_cells = static_cast<float>(dt_s * columns_);
    const std::vector<float> lit = in_light_of(before, colours_);
    const std::vector<float> moved_before = moved_;
    for (int y = 0; y < rows_; ++y) {
        for (int x = 0; x < columns_; ++x) {
            const size_t i = static_cast<size_t>(y) * columns_ + x;
            const CellPlace from(static_cast<float>(x) + in_cells * flow[i],
                                 static_cast<float>(y) + in_cells * flow[cells + i], columns_,
                                 rows_);
            float along = 0, here = 0;
            for (size_t c = 0; c < 3; ++c) {
                const float* const was = lit.data() + c * cells;
                along = std::max(along, std::abs(colours_[c * cells + i] - from.read(was)));
                here = std::max(here, std::abs(colours_[c * cells + i] - was[i]));
            }
            const float same = std::exp(-along * along / (2 * kNewColour * kNewColour));
            const float speed = std::hypot(flow[i] - pan, flow[cells + i] - tilt);
            // Flow spreads from what moves to plain walls around it, where nothing changes, and is
            // found where only the light does. What looks as it always has does not move.
            const float usual = usual_at(i);
            const float moves = std::clamp((speed - kSlow) / (kFast - kSlow), 0.0F, 1.0F) *
                                std::clamp((here - kStill) / kStill, 0.0F, 1.0F) * (1 - usual);
            const float left = kept * std::exp2(-static_cast<float>(dt_s / kUsualS) * usual);
            moved_[i] = std::max(left * same * from.read(moved_before.data()), moves);
        }
    }
}

/// Somebody's colours are those of what moves or stands out; the room's, those of all that does not
/// and was not taken for somebody.
void PersonModel::learn_colours(double dt_s) {
    const size_t cells = moved_.size();
    const auto kept = static_cast<float>(std::exp2(-dt_s / kColoursS));
    for (ColourTable* table : {&of_person_, &of_room_}) {
        for (float& seen : *table) seen *= kept;
    }
    const auto rate = static_cast<float>(1 - std::exp(-dt_s));
    for (size_t i = 0; i < cells; ++i) {
        size_t at = 0;
        for (size_t c = 0; c < 3; ++c)
            at = at * kLevels + level_of(colours_[c * cells + i], kLevels);
        const float differs = std::clamp(background_.differences()[i] - 1, 0.0F, 1.0F);
        const float somebody = std::max(moved_[i], differs);
        of_person_[at] += rate * somebody;
        of_room_[at] += rate * (1 - somebody) * (1 - 0.8F * person_[i]);
    }
}

/// The log of how much more of somebody's colours are like this cell's than of the room's.
float PersonModel::colour_evidence(size_t cell, float all_of_person, float all_of_room) const {
    const size_t cells = moved_.size();
    float person = 0, room = 0;
    // Between the eight colours of the table that are around it.
    float place[3];
    for (size_t c = 0; c < 3; ++c)
        place[c] = std::clamp(colours_[c * cells + cell] / 256 * kLevels - 0.5F, 0.0F,
                              static_cast<float>(kLevels - 1) - 0.001F);
    for (unsigned corner = 0; corner < 8; ++corner) {
        size_t at = 0;
        float weight = 1;
        for (unsigned c = 0; c < 3; ++c) {
            const auto low = static_cast<size_t>(place[c]);
            const float t = place[c] - static_cast<float>(low);
            const bool high = (corner >> c & 1U) != 0;
            at = at * kLevels + low + (high ? 1 : 0);
            weight *= high ? t : 1 - t;
        }
        person += weight * of_person_[at];
        room += weight * of_room_[at];
    }
    return std::log((person / all_of_person + kRareColour) / (room / all_of_room + kRareColour));
}

/// Means over a box of kReach, twice: at a distance of it, a little is left.
std::vector<float> PersonModel::spread(const std::vector<float>& cells) const {
    const int reach = std::max(1, static_cast<int>(std::lround(kReach / 2 * columns_)));
    std::vector<float> from = cells, to(cells.size());
    for (int pass = 0; pass < 4; ++pass) {
        const bool across = pass % 2 == 0;
        const int length = across ? columns_ : rows_, lines = across ? rows_ : columns_;
        const int step = across ? 1 : columns_, line_step = across ? columns_ : 1;
        for (int line = 0; line < lines; ++line) {
            const float* const src = from.data() + static_cast<ptrdiff_t>(line) * line_step;
            float* const dst = to.data() + static_cast<ptrdiff_t>(line) * line_step;
            for (int i = 0; i < length; ++i) {
                const int first = std::max(0, i - reach), last = std::min(length - 1, i + reach);
                float sum = 0;
                for (int k = first; k <= last; ++k) sum += src[static_cast<ptrdiff_t>(k) * step];
                dst[static_cast<ptrdiff_t>(i) * step] = sum / static_cast<float>(last - first + 1);
            }
        }
        from.swap(to);
    }
    return from;
}

void PersonModel::judge() {
    const size_t cells = moved_.size();
    evidence_.assign(cells, kNobody);
    float person = 1e-3F, room = 1e-3F;
    for (const float seen : of_person_) person += seen;
    for (const float seen : of_room_) room += seen;
    const std::vector<float> near = spread(moved_);
    // Who was never seen has no colours.
    const float trusted = std::min(1.0F, person / (0.01F * static_cast<float>(cells)));
    for (size_t i = 0; i < cells; ++i) {
        const float nearness = std::min(1.0F, 3 * near[i]);
        const float colour =
            std::clamp(colour_evidence(i, person, room), -kMostOfColour, kMostOfColour) * trusted;
        const float differs = std::clamp(background_.differences()[i] - 0.7F, 0.0F, 1.0F);
        evidence_[i] += kOfMotion * moved_[i] + kOfNearness * nearness +
                        colour * (0.4F + nearness) + known_[i] * kOfDifference * differs -
                        kOfUsual * usual_at(i);
    }
}

/// Neighbours of one colour become one thing (mean field of a pairwise model).
void PersonModel::agree() {
    const size_t cells = moved_.size();
    for (size_t i = 0; i < cells; ++i) person_[i] = odds(evidence_[i]);
    const auto alike = [&](size_t a, size_t b) {
        float squares = 0;
        for (size_t c = 0; c < 3; ++c) {
            const float d = colours_[c * cells + a] - colours_[c * cells + b];
            squares += d * d;
        }
        return std::lerp(kOfAnyColour, 1.0F, std::exp(-squares / (2 * kSameColour * kSameColour)));
    };
    std::vector<float> right(cells, 0), below(cells, 0);
    for (int y = 0; y < rows_; ++y) {
        for (int x = 0; x < columns_; ++x) {
            const size_t i = static_cast<size_t>(y) * columns_ + x;
            if (x + 1 < columns_) right[i] = alike(i, i + 1);
            if (y + 1 < rows_) below[i] = alike(i, i + columns_);
        }
    }
    for (int round = 0; round < kAgreements; ++round) {
        const std::vector<float> before = person_;
        const auto side = [&](size_t i) { return kOfNeighbours * (2 * before[i] - 1); };
        for (int y = 0; y < rows_; ++y) {
            for (int x = 0; x < columns_; ++x) {
                const size_t i = static_cast<size_t>(y) * columns_ + x;
                float sum = evidence_[i];
                if (x > 0) sum += right[i - 1] * side(i - 1);
                if (x + 1 < columns_) sum += right[i] * side(i + 1);
                if (y > 0) sum += below[i - columns_] * side(i - columns_);
                if (y + 1 < rows_) sum += below[i] * side(i + columns_);
                person_[i] = odds(sum);
            }
        }
    }
}

}  // namespace reverie
