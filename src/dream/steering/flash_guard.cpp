#include "src/dream/steering/flash_guard.h"

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kPairs = 3;
constexpr double kCalmS = 0.4;      // what flashes too often settles on its mean in this time
constexpr float kOfTheRoom = 0.5F;  // brightness is no straight line between two pictures

}  // namespace

int FlashCounter::change_at(float luminance, const FlashLimits& limits) const {
    const bool rises =
        direction_ <= 0 && luminance - lowest_ >= limits.change && lowest_ < limits.dark_below;
    const bool falls =
        direction_ >= 0 && highest_ - luminance >= limits.change && luminance < limits.dark_below;
    return rises ? 1 : falls ? -1 : 0;
}

int FlashCounter::add(float luminance, double time_s, const FlashLimits& limits) {
    const int change = change_at(luminance, limits);
    if (change != 0) {
        note(change, time_s);
        lowest_ = highest_ = luminance;
    } else {
        lowest_ = std::min(lowest_, luminance);
        highest_ = std::max(highest_, luminance);
    }
    return change;
}

void FlashCounter::note(int direction, double time_s) {
    direction_ = static_cast<int8_t>(direction);
    times_[next_] = time_s;
    next_ = static_cast<uint8_t>((next_ + 1) % kKept);
}

bool FlashCounter::full(double time_s, const FlashLimits& limits) const {
    // The oldest of the last six stands behind the one that will be overwritten next.
    return times_[(next_ + kKept - 2 * kPairs) % kKept] > time_s - limits.window_s;
}

bool FlashCounter::over(double time_s, const FlashLimits& limits) const {
    return times_[next_] > time_s - limits.window_s;
}

float FlashCounter::room(float now, float wanted, const FlashLimits& limits) const {
    if (wanted > now) {
        const float free = lowest_ + limits.change - now;
        return direction_ <= 0 && lowest_ < limits.dark_below ? std::max(free, 0.0F) : wanted - now;
    }
    const float free = now - (highest_ - limits.change);
    return direction_ >= 0 ? std::max(free, 0.0F) : now - wanted;
}

FlashGuard::FlashGuard(int columns, int rows, const FlashLimits& limits)
    : limits_(limits), columns_(columns), rows_(rows) {
    require(columns > 0 && rows > 0, "a flash guard needs cells");
    const auto share = [&](int cells) {
        return std::max(1, static_cast<int>(std::lround(static_cast<float>(cells) * limits.field)));
    };
    field_columns_ = share(columns);
    field_rows_ = share(rows);
    fields_across_ = static_cast<size_t>(columns - field_columns_) + 1;
    fields_down_ = static_cast<size_t>(rows - field_rows_) + 1;
    const size_t size = static_cast<size_t>(columns) * static_cast<size_t>(rows);
    shown_.resize(size);
    wanted_.resize(size);
    fields_.resize(fields_across_ * fields_down_);
}

template <class F>
void FlashGuard::each_filled(const Mask& mask, F f) const {
    const size_t pitch = static_cast<size_t>(columns_) + 1;
    std::vector<int> sums(pitch * (static_cast<size_t>(rows_) + 1));
    for (int y = 0; y < rows_; ++y) {
        int row = 0;
        for (int x = 0; x < columns_; ++x) {
            row += mask[static_cast<size_t>(y) * columns_ + x];
            const size_t at = (static_cast<size_t>(y) + 1) * pitch + static_cast<size_t>(x) + 1;
            sums[at] = sums[at - pitch] + row;
        }
    }
    const float enough = limits_.area * static_cast<float>(field_columns_ * field_rows_);
    const int least = std::max(1, static_cast<int>(std::ceil(enough)));
    for (int y = 0; y + field_rows_ <= rows_; ++y) {
        for (int x = 0; x + field_columns_ <= columns_; ++x) {
            const size_t top = static_cast<size_t>(y) * pitch + static_cast<size_t>(x);
            const size_t bottom = top + static_cast<size_t>(field_rows_) * pitch;
            const int count = sums[bottom + field_columns_] - sums[bottom] -
                              sums[top + field_columns_] + sums[top];
            if (count >= least) f(Field{x, y});
        }
    }
}

FlashGuard::Mask FlashGuard::inside(const std::vector<Field>& fields) const {
    Mask mask(cells());
    for (const Field& field : fields) {
        for (int y = field.y; y < field.y + field_rows_; ++y) {
            const auto row = mask.begin() + static_cast<ptrdiff_t>(y) * columns_ + field.x;
            std::fill(row, row + field_columns_, uint8_t{1});
        }
    }
    return mask;
}

/// The cells that may not be shown as they are: one more change there, or in a field that they
/// belong to, would be too much.
FlashGuard::Mask FlashGuard::forbidden(const std::vector<float>& wanted, double time_s) const {
    Mask too_many(cells()), changing(cells()), up(cells()), down(cells());
    for (size_t i = 0; i < cells(); ++i) {
        const int change = shown_[i].change_at(wanted[i], limits_);
        up[i] = change > 0 ? 1 : 0;
        down[i] = change < 0 ? 1 : 0;
        changing[i] = change != 0 && shown_[i].full(time_s, limits_) ? 1 : 0;
        too_many[i] = changing[i] != 0 || shown_[i].over(time_s, limits_) ? 1 : 0;
    }
    std::vector<Field> fields;
    each_filled(too_many, [&](Field field) { fields.push_back(field); });
    Mask result = inside(fields);
    for (size_t i = 0; i < cells(); ++i) result[i] = result[i] & changing[i];
    for (const int direction : {1, -1}) {
        const Mask& mask = direction > 0 ? up : down;
        fields.clear();
        each_filled(mask, [&](Field field) {
            const FlashCounter& counter = fields_[index_of(field)];
            if (counter.direction() != direction && counter.full(time_s, limits_))
                fields.push_back(field);
        });
        const Mask full = inside(fields);
        for (size_t i = 0; i < cells(); ++i) result[i] = result[i] | (full[i] & mask[i]);
    }
    return result;
}

/// The cells that would flash too often if they were shown as wanted. They are calmed until that is
/// over; else they would flash three times each second and freeze for the rest of it.
FlashGuard::Mask FlashGuard::restless(const std::vector<float>& wanted, double time_s) {
    Mask over(cells());
    for (size_t i = 0; i < cells(); ++i) {
        wanted_[i].add(wanted[i], time_s, limits_);
        over[i] = wanted_[i].over(time_s, limits_) ? 1 : 0;
    }
    std::vector<Field> fields;
    each_filled(over, [&](Field field) { fields.push_back(field); });
    Mask result = inside(fields);
    for (size_t i = 0; i < cells(); ++i) result[i] = result[i] & over[i];
    return result;
}

bool FlashGuard::plan(const std::vector<float>& wanted, double time_s,
                      std::vector<float>& weights) {
    require(wanted.size() == cells(), "a flash guard needs the luminance of each of its cells");
    held_share_ = 0;
    const Mask calm = restless(wanted, time_s);
    if (last_.empty()) return true;
    const Mask never = forbidden(wanted, time_s);
    const auto settle = static_cast<float>(1 - std::exp(-(time_s - last_s_) / kCalmS));
    std::vector<float> own(cells(), 1.0F);
    size_t held = 0;
    for (size_t i = 0; i < cells(); ++i) {
        if (never[i] == 0 && calm[i] == 0) continue;
        ++held;
        const float way = std::abs(wanted[i] - last_[i]);
        const float room = kOfTheRoom * shown_[i].room(last_[i], wanted[i], limits_);
        own[i] = way > 0 ? std::min(1.0F, room / way) : 1.0F;
        if (calm[i] != 0) own[i] = std::min(own[i], settle);
    }
    held_share_ = static_cast<float>(held) / static_cast<float>(cells());
    if (held == 0) return true;
    // The smallest of the neighbours, so that what is interpolated between cells keeps the limit in
    // each of them.
    weights = own;
    for (int y = 0; y < rows_; ++y) {
        for (int x = 0; x < columns_; ++x) {
            float& least = weights[static_cast<size_t>(y) * columns_ + x];
            for (int v = std::max(y - 1, 0); v <= std::min(y + 1, rows_ - 1); ++v) {
                for (int u = std::max(x - 1, 0); u <= std::min(x + 1, columns_ - 1); ++u)
                    least = std::min(least, own[static_cast<size_t>(v) * columns_ + u]);
            }
        }
    }
    return false;
}

bool FlashGuard::holds(const std::vector<float>& mixed, double time_s,
                       std::vector<float>& weights) const {
    const Mask never = forbidden(mixed, time_s);
    if (std::none_of(never.begin(), never.end(), [](uint8_t cell) { return cell != 0; }))
        return true;
    // Repeating the last picture is always within the limit.
    std::fill(weights.begin(), weights.end(), 0.0F);
    return false;
}

void FlashGuard::add(const std::vector<float>& luminance, double time_s) {
    require(luminance.size() == cells(), "a flash guard needs the luminance of each of its cells");
    Mask up(cells()), down(cells());
    for (size_t i = 0; i < cells(); ++i) {
        const int change = shown_[i].add(luminance[i], time_s, limits_);
        up[i] = change > 0 ? 1 : 0;
        down[i] = change < 0 ? 1 : 0;
    }
    for (const int direction : {1, -1}) {
        each_filled(direction > 0 ? up : down, [&](Field field) {
            FlashCounter& counter = field_at(field);
            if (counter.direction() != direction) counter.note(direction, time_s);
        });
    }
    last_ = luminance;
    last_s_ = time_s;
}

}  // namespace reverie
