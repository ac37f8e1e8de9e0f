// The parameters of a live show: their targets, and the values that fade towards them. Whatever can
// fade does not jump. Internal to the desk (desk.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "src/control/look.h"
#include "src/control/preset.h"
#include "src/dream/params.h"

namespace reverie {

class LiveParams {
  public:
    /// Maps a preset's objective to the network that dreams; throws Error where that is impossible.
    using MapObjective = std::function<Objective(const Objective&)>;
    using Load = std::function<Preset(const std::string&)>;
    /// `load` null: from the library.
    explicit LiveParams(const Params& params, MapObjective from_portable = nullptr,
                        Load load = nullptr);

    const Params& now() const { return now_; }
    /// What moves by itself: of the preset that was loaded last, or on the way there.
    const Modulation& modulation() const { return modulation_; }
    /// Both.
    Look look() const { return {now_, modulation_}; }
    /// Throws Error: see Modulation::find_layers().
    void set_modulation(Modulation modulation);
    /// A hand's, whose layers are found: also where a fade is on its way.
    void change_modulation(const Modulation& modulation);
    /// Finds the layers of a target in the network. Throws Error: as above.
    void find_layers(Modulation& modulation) const;
    /// Sets all at once; ends a fade.
    void set(const Params& params);
    /// `keys` of `params` alone; a fade of the others goes on.
    void set(const Params& params, const std::vector<std::string_view>& keys);
    /// Applies `map` to every objective that is dreamed or faded to, for another network; to all of
    /// them, or to none if it throws. What moves, and cannot be mapped, stands from then on.
    void map_objectives(const MapObjective& map);
    /// Stops fades at their current values.
    void stop();
    /// As at the end of a show before, with `preset` as the one that was loaded last.
    void resume(const Params& params, const std::string& preset);
    /// What the preset says, faded in over `seconds`; what it does not say stays. Returns what will
    /// move by itself then. Throws Error: see load_preset, and from_portable().
    Modulation load(const std::string& preset, double seconds);
    /// All of `look`, faded in over `seconds`. `portable`: its objective is. Throws Error: see
    /// from_portable().
    void take_up(Look look, bool portable, double seconds);
    /// The preset that was loaded last; "": none.
    const std::string& preset() const { return preset_; }

    /// Between two presets, 0 … 1: what neither says stays. Throws Error: as load() does.
    void crossfade(const std::string& a, const std::string& b, float position);
    /// Goes to `to` by itself.
    void run_crossfade(float to, double seconds);
    struct Crossfade {
        std::string a, b;
        float position = 0;
        bool running = false;
    };
    const Crossfade& crossfade() const { return crossfade_; }

    /// What a fade or a cross-fade that runs by itself goes to; nothing where none is on its way.
    std::optional<Params> coming() const;
    /// `dt_s` seconds have gone by.
    void advance(double dt_s);

  private:
    struct Fade {
        Look from, to;
        double seconds = 0, gone_s = 0;
    };
    Look with(const std::string& preset) const;
    void fade_to(const Look& to, double seconds);
    void set_mixed(const Look& a, const Look& b, double t);
    void mix_crossfade();

    Params now_;
    Modulation modulation_;
    MapObjective from_portable_;
    Load load_;
    std::string preset_;
    std::optional<Fade> fade_;
    Crossfade crossfade_;
    Look end_a_, end_b_;
    float crossfade_to_ = 0;
    double crossfade_rate_ = 0;  ///< of its position, a second
};

}  // namespace reverie
