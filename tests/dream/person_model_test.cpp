// Who is before the camera: painted figures, and what the model says of each cell.
#include "src/dream/masks/person_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "src/util/error.h"

namespace reverie::person_model_test {
namespace {

constexpr int kColumns = 41, kRows = 31;
constexpr double kDt = 0.1;

/// A room with furniture and a figure that can be moved, on a grid, with a camera's noise.
class Stage {
  public:
    struct Colour {
        float r, g, b;
    };
    void look(float figure_x, bool there) {
        before_x_ = x_;
        x_ = figure_x;
        std::normal_distribution<float> noise(0, 1.5F);
        colours.assign(3 * kColumns * kRows, 0);
        truth.assign(kColumns * kRows, false);
        flow.assign(2 * kColumns * kRows, 0);
        for (int y = 0; y < kRows; ++y) {
            for (int x = 0; x < kColumns; ++x) {
                const bool figure =
                    there && std::abs(static_cast<float>(x) - figure_x) < 4 && y > 7;
                const Colour colour =
                    figure ? (y < 14 ? Colour{214, 160, 130} : Colour{200, 120, 20}) : room(x, y);
                const size_t i = static_cast<size_t>(y) * kColumns + x;
                const float values[] = {colour.r, colour.g, colour.b};
                for (size_t c = 0; c < 3; ++c)
                    colours[c * kColumns * kRows + i] = values[c] + noise(random_);
                truth[i] = figure;
                if (figure) flow[i] = (before_x_ - figure_x) / kColumns / static_cast<float>(kDt);
            }
        }
    }
    /// Mean of the model's answers inside and outside of the figure.
    std::pair<double, double> judged(const std::vector<float>& person) const {
        double inside = 0, outside = 0, cells = 0, others = 0;
        for (size_t i = 0; i < person.size(); ++i) {
            (truth[i] ? inside : outside) += person[i];
            (truth[i] ? cells : others) += 1;
        }
        return {cells > 0 ? inside / cells : 0, outside / others};
    }

    std::vector<float> colours, flow;
    std::vector<bool> truth;

  private:
    static Colour room(int x, int y) {
        if (x > 30 && y > 16) return {30, 30, 34};
        if (x > 28) return {30, 90, 150};
        return {190, 194, 188};
    }
    std::mt19937 random_{3};
    float x_ = 20, before_x_ = 20;
};

TEST(PersonModel, FindsWhoComesIntoAKnownRoom) {
    Stage stage;
    PersonModel model;
    for (int k = 0; k < 60; ++k) {
        stage.look(20, false);
        const auto [inside, outside] =
            stage.judged(model.observe(kColumns, kRows, stage.colours, stage.flow, kDt));
        EXPECT_LT(outside, 0.15) << k;
    }
    for (int k = 0; k < 80; ++k) {  // comes in, and stands still after two seconds
        stage.look(k < 20 ? -4 + 1.2F * static_cast<float>(k) : 20, true);
        const auto [inside, outside] =
            stage.judged(model.observe(kColumns, kRows, stage.colours, stage.flow, kDt));
        if (k < 10) continue;
        EXPECT_GT(inside, 0.9) << k;
        EXPECT_LT(outside, 0.1) << k;
    }
}

TEST(PersonModel, FindsWhoWasThereFromTheBeginning) {
    Stage stage;
    PersonModel model;
    for (int k = 0; k < 60; ++k) {
        stage.look(20 + std::sin(0.6F * static_cast<float>(k)), true);
        const auto [inside, outside] =
            stage.judged(model.observe(kColumns, kRows, stage.colours, stage.flow, kDt));
        if (k < 15) continue;
        EXPECT_GT(inside, 0.8) << k;
        EXPECT_LT(outside, 0.15) << k;
    }
}

TEST(PersonModel, AnEmptyRoomAndAPanAreNobody) {
    Stage stage;
    PersonModel model;
    std::vector<float> pan(2 * kColumns * kRows, 0.3F);
    for (int k = 0; k < 20; ++k) {
        stage.look(20, false);
        const auto [inside, outside] =
            stage.judged(model.observe(kColumns, kRows, stage.colours, pan, kDt));
        EXPECT_LT(outside, 0.15) << k;
    }
    EXPECT_THROW(model.observe(3, 3, stage.colours, {}, kDt), Error);
    EXPECT_EQ(model.observe(1, 1, {1, 2, 3}, {}, kDt).size(), 1U);
}

}  // namespace
}  // namespace reverie::person_model_test
