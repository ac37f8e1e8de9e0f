#include "src/control/live_params.h"

#include <algorithm>
#include <cmath>

#include "src/control/preset_library.h"

namespace reverie {

LiveParams::LiveParams(const Params& params, MapObjective from_portable, Load load)
    : now_(params),
      from_portable_(std::move(from_portable)),
      load_(load ? std::move(load) : Load(load_preset)) {}

void LiveParams::stop() {
    fade_.reset();
    crossfade_.running = false;
}

void LiveParams::set(const Params& params) {
    stop();
    now_ = params;
}

void LiveParams::set(const Params& params, const std::vector<std::string_view>& keys) {
    for (const std::string_view key : keys) {
        const ParamInfo& info = find_param(key);
        interpolate_param(now_, info, params, params, 1);
        if (fade_) {
            interpolate_param(fade_->from.params, info, params, params, 1);
            interpolate_param(fade_->to.params, info, params, params, 1);
        }
    }
}

void LiveParams::map_objectives(const MapObjective& map) {
    std::vector<Objective*> objectives{&now_.objective};
    std::vector<Modulation*> modulations{&modulation_};
    const auto add = [&](Look& look) {
        objectives.push_back(&look.params.objective);
        modulations.push_back(&look.modulation);
    };
    if (fade_) {
        add(fade_->from);
        add(fade_->to);
    }
    if (!crossfade_.a.empty() || !crossfade_.b.empty()) {
        add(end_a_);
        add(end_b_);
    }
    std::vector<Objective> mapped;
    for (const Objective* objective : objectives) mapped.push_back(map(*objective));
    for (size_t i = 0; i < mapped.size(); ++i) *objectives[i] = std::move(mapped[i]);
    for (Modulation* modulation : modulations) modulation->map_layers(map);
}

void LiveParams::resume(const Params& params, const std::string& preset) {
    set(params);
    preset_ = preset;
}

void LiveParams::find_layers(Modulation& modulation) const {
    if (from_portable_) modulation.find_layers(from_portable_);
}

void LiveParams::set_modulation(Modulation modulation) {
    find_layers(modulation);
    modulation_ = std::move(modulation);
}

void LiveParams::change_modulation(const Modulation& modulation) {
    modulation_ = modulation;
    if (fade_) fade_->from.modulation = fade_->to.modulation = modulation;
}

Look LiveParams::with(const std::string& preset) const {
    Look look(now_);
    const Preset loaded = load_(preset);
    loaded.apply(look.params);
    look.modulation = loaded.modulation;
    if (!from_portable_) return look;
    if (!loaded.objective_at.empty()) look.params.objective = from_portable_(look.params.objective);
    look.modulation.find_layers(from_portable_);
    return look;
}

void LiveParams::set_mixed(const Look& a, const Look& b, double t) {
    now_ = mix(a.params, b.params, t);
    modulation_ = mix(a.modulation, b.modulation, t);
}

Modulation LiveParams::load(const std::string& preset, double seconds) {
    const Look to = with(preset);
    preset_ = preset;
    fade_to(to, seconds);
    return to.modulation;
}

void LiveParams::take_up(Look look, bool portable, double seconds) {
    if (portable && from_portable_) look.params.objective = from_portable_(look.params.objective);
    find_layers(look.modulation);
    preset_.clear();
    fade_to(look, seconds);
}

void LiveParams::fade_to(const Look& to, double seconds) {
    crossfade_.running = false;
    if (seconds <= 0) {
        set(to.params);
        modulation_ = to.modulation;
    } else {
        fade_ = Fade{look(), to, seconds, 0};
    }
}

void LiveParams::crossfade(const std::string& a, const std::string& b, float position) {
    if (a != crossfade_.a || b != crossfade_.b) {
        const Look end_a = a.empty() ? look() : with(a);
        const Look end_b = b.empty() ? look() : with(b);
        end_a_ = end_a;
        end_b_ = end_b;
    }
    fade_.reset();
    crossfade_ = {a, b, std::clamp(position, 0.0F, 1.0F), false};
    mix_crossfade();
}

void LiveParams::run_crossfade(float to, double seconds) {
    if (crossfade_.a.empty() || crossfade_.b.empty()) return;
    fade_.reset();
    crossfade_to_ = std::clamp(to, 0.0F, 1.0F);
    crossfade_rate_ = 1 / std::max(seconds, 1e-3);
    crossfade_.running = true;
}

void LiveParams::mix_crossfade() {
    if (crossfade_.a.empty() || crossfade_.b.empty()) return;
    set_mixed(end_a_, end_b_, crossfade_.position);
}

std::optional<Params> LiveParams::coming() const {
    if (fade_) return fade_->to.params;
    if (!crossfade_.running) return std::nullopt;
    return mix(end_a_.params, end_b_.params, crossfade_to_);
}

void LiveParams::advance(double dt_s) {
    if (fade_) {
        fade_->gone_s += dt_s;
        const double t = std::min(1.0, fade_->gone_s / fade_->seconds);
        set_mixed(fade_->from, fade_->to, t);
        if (t >= 1) fade_.reset();
    }
    if (crossfade_.running) {
        const auto step = static_cast<float>(crossfade_rate_ * dt_s);
        const float way = crossfade_to_ - crossfade_.position;
        crossfade_.running = std::abs(way) > step;
        crossfade_.position += crossfade_.running ? std::copysign(step, way) : way;
        mix_crossfade();
    }
}

}  // namespace reverie
