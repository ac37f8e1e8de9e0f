// What the network thinks it sees, over time, for people to read: a handful of words that come, grow
// and fade without flickering. Each keeps its place for as long as it is shown.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/dream/sight/word_strengths.h"

namespace reverie {

/// A place of an impression, and the word in it.
struct ShownWord {
    std::string word;    ///< "": the place is empty
    float strength = 0;  ///< 0 … 1, smooth in time: 0: not to be seen
    size_t channel = 0;  ///< in the list of names; of one word always the same
    float x = 0, y = 0;  ///< where it is seen now: 0 … 1 of the picture's width and height, smooth
};

/// Thread-safety: belongs to one thread.
class Impression {
  public:
    explicit Impression(size_t places) : places_(places) {}

    /// What is seen, `dt_s` after the last time; strengths are those of seen_words().
    void see(const std::vector<SeenWord>& seen, double dt_s);
    /// Time goes by: what is shown follows what was seen.
    void advance(double dt_s);
    /// By place.
    std::vector<ShownWord> shown() const;
    /// The words that are shown, the strongest first.
    std::vector<std::string> words() const;

    /// Time constants: of what is seen, of what is shown of it.
    static constexpr double kFollowS = 1, kEaseS = 0.3;
    /// A word appears from kAppear on, and goes below kStay.
    static constexpr float kAppear = 0.35F, kStay = 0.2F;
    /// One that waits takes the place of one that is shown if it is so many times as strong.
    static constexpr float kStronger = 1.35F;

  private:
    struct Place {
        ShownWord shown;
        bool leaves = false;
    };
    struct Followed {
        float strength = 0;  ///< smoothed
        SeenWord last;
    };
    const Followed* followed(const std::string& word) const;
    bool is_shown(const Followed& waits) const;
    void follow(const std::vector<SeenWord>& seen, double dt_s);
    void fill_places();

    std::vector<Place> places_;
    std::map<std::string, Followed> followed_;
};

}  // namespace reverie
