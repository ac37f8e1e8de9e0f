// What the classes are called that a network was trained to tell, as a list that came with its
// weights has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reverie {

class ClassLabels {
  public:
    ClassLabels() = default;
    /// One line a class, in the classifier's order: names with commas between them, as in "goldfish,
    /// Carassius auratus", before which a WordNet number may stand (n01443537); an empty line is a
    /// class without a name.
    explicit ClassLabels(std::string_view lines);

    bool empty() const { return labels_.empty(); }
    size_t size() const { return labels_.size(); }
    /// Of a class, without its number; "" where there is none.
    std::string label(int number) const;
    /// The classes that have this name, as the whole of their label or one of it; upper case and what
    /// stands between words make no difference.
    std::vector<int> find(std::string_view name) const;
    /// What an objective calls a class: the first of its names that no other class has; "#117" where
    /// there is none.
    std::string name(int number) const;
    /// Those whose label has these words in it.
    std::vector<int> with_words(std::string_view words) const;
    /// All names, each once, sorted, as an objective has them: great_white_shark.
    std::vector<std::string> names() const;

  private:
    std::vector<std::string> labels_;
};

}  // namespace reverie
