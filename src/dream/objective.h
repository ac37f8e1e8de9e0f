// The objective of the gradient ascent: a signed, weighted sum of what the network can be asked to
// see more of, as a value and as text (`0.8*inception_3b + inception_4c:17 - 0.3*word:eyes`). Only
// spelling is checked here; the network knows which layers, channels, words and aliases (`4c`) it
// has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reverie {

/// One summand: `weight` times the mean of a² over all elements of `layer`'s output, or times the
/// mean of one channel, or what one of Subject's other kinds says.
struct Term {
    /// As the user wrote it: a layer or an alias of one, "word:eyes", "class:goldfish",
    /// "guide(inception_4c)" or "guide(inception_4c,mean)"; then where, "@person" or "@1-mask.png".
    std::string layer;
    int channel = -1;  ///< of a layer; -1: all channels, the mean of a²
    float weight = 1;  ///< finite, signed
    bool operator==(const Term&) const = default;
};

struct Objective {
    std::vector<Term> terms;  ///< no two with the same layer and channel; empty: nothing is dreamed
    bool operator==(const Objective&) const = default;
};

/// What a term is about.
struct Subject {
    enum class Kind : uint8_t {
        layer,
        word,       ///< the channels that this word names, each weighted by how sure that is
        of_class,   ///< the logit of a class that the network was trained to tell
        guide,      ///< the layer's dot product with the best matching feature of the guides
        guide_mean  ///< the same with the mean of the guides' features
    };
    Kind kind = Kind::layer;
    std::string name = {};  ///< of a layer, a word, or a class: as written, or "#117"
    std::string mask = {};  ///< where: see read_mask_name(); "": everywhere
};
Subject subject_of(const Term& term);
/// What Term::layer is for a subject.
std::string name_of(const Subject& subject);
/// The term without its mask.
Term everywhere(Term term);
/// The same term at a mask.
Term at_mask(Term term, const std::string& mask);
/// The masks of the terms, each once, in their order.
std::vector<std::string> masks_of(const Objective& objective);

/// Adds to the term of the same layer and channel, or else behind the last one.
void add(Objective& objective, const Term& term);

/// Reads `[weight*]layer[:channel]`, `[weight*]word:WORD`, `[weight*]class:NAME`, `[weight*]class:#N`,
/// `[weight*]guide(layer)` and `[weight*]guide(layer, mean)` summands joined by + and -, each of which
/// may end in `@mask`; white space is free. A class whose name has spaces stands between ". A layer or
/// channel that is named twice for the same mask is summed. Throws Error with the text, the position
/// (from 1) and what was expected there.
Objective parse_objective(std::string_view text);

/// The text that parse_objective() reads back as the same value; "" for the empty objective.
std::string to_text(const Objective& objective);
/// The same with weights to two places and without those that are 0 then: for a line that people read
/// while one objective becomes another.
std::string to_short_text(const Objective& objective);

/// (1 - t)·a + t·b, weight by weight, t in 0 … 1; a term missing in one counts as 0 there, and
/// terms whose weight is exactly 0 are dropped. Terms of a first, in a's order, then those only in
/// b.
Objective mix(const Objective& a, const Objective& b, float t);

}  // namespace reverie
