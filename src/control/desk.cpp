#include "src/control/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "src/control/fader_scale.h"
#include "src/control/preset_library.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// Changes that follow each other as quickly are one gesture: a knob's messages, held keys, the
/// second press of a double-click.
constexpr double kGestureS = 0.7;
constexpr double kNudge = 0.02;
constexpr std::string_view kObjective = "objective";
/// More than any hand asks for between two frames.
constexpr size_t kMostWaiting = 16384;
/// More controls than a hand moves at once: so many requests back, an earlier one is looked for.
constexpr size_t kLooksBack = 256;
constexpr double kSayAgainS = 10;
constexpr size_t kMostTold = 64;

bool differs(const Params& a, const Params& b, const ParamInfo& info) {
    return std::visit([&](auto field) { return a.*field != b.*field; }, info.field);
}

/// The control that a request moves to a place, whatever its place was before; "": it does
/// something else. Of two such requests the later one alone says all.
std::string control_of(const Request& request) {
    if (const auto* set = request.as<request::SetParam>()) return set->key;
    if (const auto* set = request.as<request::SetStrip>())
        return strip_name(set->layer, set->channel);
    if (const auto* set = request.as<request::SetStar>())
        return fmt::format("star/{}", set->number);
    if (const auto* set = request.as<request::SetRouteAmount>()) return route_control(set->number);
    if (request.is<request::MoveCrossfade>()) return std::string(kCrossfadeControl);
    if (const auto* what = request.as<request::Report>()) return what->address + " to " + what->to;
    return "";
}

bool operator!=(const LiveParams::Crossfade& a, const LiveParams::Crossfade& b) {
    return a.a != b.a || a.b != b.b || a.position != b.position || a.running != b.running;
}

/// Of each route. To copy all of them for each message would cost more than the message.
std::vector<double> amounts_of(const Modulation& moves) {
    std::vector<double> amounts;
    amounts.reserve(moves.routes.size());
    for (const ModulationRoute& route : moves.routes) amounts.push_back(route.amount);
    return amounts;
}

}  // namespace

Desk::Desk(const Params& params, Notices& notices, DeskWorld world)
    : notices_(notices),
      world_(std::move(world)),
      live_(params, world_.from_portable, world_.load) {
    if (!world_.now_s) {
        world_.now_s = [begun = std::chrono::steady_clock::now()] {
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        };
    }
    handle_look();
    handle_presets();
    handle_modulation();
    handle_cues();
    handle_stars();
    handle_brush();
    handle_tempo();
    handle_score();
    handle_score_edits();
    handle<request::Freeze>([this](const auto& r) { frozen_ = switched(r.to, frozen_); });
    handle<request::SetPanic>(
        [this](const auto& r) { panic_ = r.toggle && panic_ == r.to ? Panic::off : r.to; });
    handle<request::Report>([](const auto&) {});
    follow_objective();
}

void Desk::handle_look() {
    handle<request::SetParam>([this](const auto& r) { set_number(find_param(r.key), r.value); });
    handle<request::NudgeParam>([this](const auto& r) {
        const ParamInfo& info = find_param(r.key);
        require(info.is_numeric(), fmt::format("{} is not a number and cannot be nudged", r.key));
        const FaderSpec spec = fader_spec(info);
        const double position = fader_position(spec, number_of(params(), info));
        set_number(info, fader_value(spec, position + kNudge * r.steps));
    });
    handle<request::SetObjective>([this](const auto& r) {
        if (world_.check) world_.check(r.objective);
        begin_step_of_its_own(look(), {kObjective});
        set_objective(r.objective);
    });
    handle<request::SetStrip>([this](const auto& r) {
        const std::string layer = full_name(r.layer);
        edit_strips(strip_name(layer, r.channel),
                    [&](Mixer& mixer) { mixer.set_weight(layer, r.channel, r.weight); });
    });
    handle<request::MuteStrip>([this](const auto& r) {
        const std::string layer = full_name(r.layer);
        edit_strips("", [&](Mixer& mixer) {
            mixer.set_muted(layer, r.channel, switched(r.to, mixer.at(layer, r.channel).muted));
        });
    });
    handle<request::SoloStrip>([this](const auto& r) {
        const std::string layer = full_name(r.layer);
        edit_strips("", [&](Mixer& mixer) {
            mixer.set_solo(layer, r.channel, switched(r.to, mixer.at(layer, r.channel).solo));
        });
    });
    handle<request::RemoveStrip>([this](const auto& r) {
        edit_strips("", [&](Mixer& mixer) { mixer.remove(full_name(r.layer), r.channel); });
    });
    handle<request::ClearStrips>(
        [this](const auto&) { edit_strips("", [](Mixer& mixer) { mixer.clear(); }); });
    handle<request::Touch>([this](const auto& r) { touch(r.control); });
    handle<request::Release>([this](const auto& r) {
        if (open_.control == r.control) open_.held = false;
    });
    handle<request::Undo>([this](const auto&) { move_in_history(false); });
    handle<request::Redo>([this](const auto&) { move_in_history(true); });
}

void Desk::handle_presets() {
    handle<request::LoadPreset>([this](const auto& r) {
        const Look before = look();
        const Modulation moves = live_.load(r.name, r.seconds.value_or(fade_s_));
        begin_step_of_its_own(before, {});
        follow_objective();
        say_what_stands(r.name, moves);
    });
    handle<request::TakeUpLook>([this](const auto& r) {
        const Look before = look();
        live_.take_up({r.params, r.modulation}, r.portable, fade_s_);
        begin_step_of_its_own(before, {});
        follow_objective();
        notices_.post(fmt::format("the look of {}", r.from), Severity::info);
        say_what_stands(r.from, r.modulation);
    });
    handle<request::StepPreset>([this](const auto& r) { step_preset(r.step); });
    handle<request::SavePreset>([this](const auto& r) {
        save_preset(r.name, world_.to_portable ? world_.to_portable(params()) : params(),
                    r.overwrite, live_.modulation());
        notices_.post(fmt::format("{} is saved", r.name), Severity::info);
    });
    handle<request::SetFadeTime>([this](const auto& r) { fade_s_ = std::max(r.seconds, 0.0); });
    handle<request::SetCrossfadeEnds>([this](const auto& r) {
        const Look before = look();
        live_.crossfade(r.a, r.b, crossfade().position);
        begin_step_of_its_own(before, {});
        follow_objective();
    });
    handle<request::MoveCrossfade>([this](const auto& r) {
        begin_step(kCrossfadeControl, {});
        live_.crossfade(crossfade().a, crossfade().b, r.position);
        follow_objective();
    });
    handle<request::RunCrossfade>([this](const auto& r) {
        require(!crossfade().a.empty() && !crossfade().b.empty(),
                "there is no cross-fade yet; choose presets for A and B first");
        begin_step_of_its_own(look(), {});
        live_.run_crossfade(r.to, r.seconds.value_or(fade_s_));
    });
}

void Desk::handle_tempo() {
    handle<request::Tap>([this](const auto&) { tempo_.tap(asked_s_); });
    handle<request::SetTempo>([this](const auto& r) { tempo_.set_bpm(r.bpm, now_s()); });
    handle<request::FollowEar>([this](const auto&) { tempo_.forget_taps(); });
    handle<request::SetQuantise>([this](const auto& r) { quantise_ = r.to; });
}

DeskClient Desk::join(std::string name, Listener listener) {
    members_.push_back(std::make_shared<Member>(Member{std::move(name), std::move(listener)}));
    return {*this, members_.back()};
}

void Desk::leave(const std::shared_ptr<const Member>& member) {
    std::erase(members_, member);
    if (open_.by == member.get()) open_ = {};
}

void Desk::ask(const std::shared_ptr<const Member>& by, std::vector<Request> requests) {
    const double at_s = now_s();
    const std::lock_guard lock(mutex_);
    for (Request& request : requests) {
        if (replace_waiting(by, request)) continue;
        if (asked_.size() < kMostWaiting)
            asked_.push_back({by, std::move(request), at_s});
        else
            ++left_out_;
    }
}

/// A knob's messages come faster than frames: of those that wait, the last one alone is carried
/// out. Past a request of another kind none is moved, since the order may matter there.
bool Desk::replace_waiting(const std::shared_ptr<const Member>& by, Request& request) {
    const std::string control = control_of(request);
    if (control.empty()) return false;
    const bool report = request.is<request::Report>();
    const size_t farthest = asked_.size() - std::min(asked_.size(), kLooksBack);
    for (size_t i = asked_.size(); i-- > farthest;) {
        Asked& waits = asked_[i];
        const std::string other = waits.by == by ? control_of(waits.request) : "";
        if (other.empty() || waits.request.is<request::Report>() != report) return false;
        if (other != control || waits.request.kind() != request.kind()) continue;
        if (!report) waits.request = std::move(request);
        return true;
    }
    return false;
}

void Desk::apply() {
    std::deque<Asked> asked;
    int64_t left_out = 0;
    {
        const std::lock_guard lock(mutex_);
        asked.swap(asked_);
        std::swap(left_out, left_out_);
    }
    carry_out_due();
    for (const Asked& one : asked) {
        if (!must_wait(one)) attempt(one);
    }
    if (left_out == 0) return;
    refused_ += left_out - 1;
    refuse("more was asked than can be done between two pictures; some of it was left out");
}

void Desk::refuse(const std::string& why) {
    ++refused_;
    if (told_.contains(why) || told_.size() >= kMostTold) return;
    told_[why] = 0;
    notices_.post(why, Severity::error);
}

std::optional<Desk::Fact> Desk::fact(const std::string& name) const {
    const auto found = facts_.find(name);
    return found == facts_.end() ? std::nullopt : std::optional(found->second());
}

void Desk::attempt(const Asked& asked) {
    asked_s_ = asked.at_s;
    try {
        carry_out(asked.by.get(), asked.request);
    } catch (const std::exception& error) {  // also of a system without threads or memory
        refuse(error.what());
    }
}

/// Puts a change that is to land on a beat aside, to be begun as much before that as it takes until
/// it is seen. False where there is nothing to wait for.
bool Desk::must_wait(const Asked& asked) {
    const Quantise wait = wait_of(asked.request);
    if (wait == Quantise::off || tempo_.bpm() <= 0) return false;
    const double now = now_s();
    const double late_s = world_.late_s ? std::max(world_.late_s(), 0.0) : 0;
    const double left_s = tempo_.seconds_to(wait, now, late_s) - late_s;
    if (left_s <= 0) return false;
    waiting_.push_back({asked.by, asked.request, now + left_s});
    return true;
}

void Desk::carry_out_due() {
    const double now = now_s();
    std::vector<Asked> due;
    std::erase_if(waiting_, [&](const Asked& one) {
        if (one.at_s > now) return false;
        due.push_back(one);
        return true;
    });
    for (const Asked& one : due) attempt(one);
}

void Desk::perform(const Request& request) {
    asked_s_ = now_s();
    carry_out(nullptr, request);
}

void Desk::carry_out(const Member* by, const Request& request) {
    asking_ = by;
    const std::optional<Params> before =
        score_.playing() ? std::optional<Params>(params()) : std::nullopt;
    tell(by, &request, [&] { hand_over(request); });
    if (before) take_from_score(*before, request);
}

void Desk::hand_over(const Request& request) {
    const auto handler = handlers_.find(request.kind());
    require(handler != handlers_.end() && handler->second != nullptr,
            fmt::format("{} is not possible in this show", request.name()));
    handler->second(request.what());
}

void Desk::advance(double dt_s) {
    open_.idle_s += dt_s;
    for (auto& [why, age_s] : told_) age_s += dt_s;
    std::erase_if(told_, [](const auto& told) { return told.second >= kSayAgainS; });
    tell(nullptr, nullptr, [&] {
        live_.advance(dt_s);
        play_score(dt_s);
        follow_objective();
    });
}

template <class Change>
void Desk::tell(const Member* by, const Request* request, Change change) {
    const bool heard = std::any_of(members_.begin(), members_.end(),
                                   [](const auto& member) { return member->listener != nullptr; });
    if (!heard) return change();
    const Params before = params();
    const Mixer strips = mixer_;
    const std::string preset = live_.preset();
    const LiveParams::Crossfade fade = crossfade();
    const std::vector<double> amounts = amounts_of(modulation());
    const std::shared_ptr<const BrushMask> painted = brush_;
    change();
    DeskChange told{.client = by != nullptr ? std::string_view(by->name) : "",
                    .request = request,
                    .params = {},
                    .strips = mixer_.strips() != strips.strips(),
                    .preset = preset != live_.preset(),
                    .crossfade = fade != crossfade(),
                    .modulation = amounts != amounts_of(modulation()),
                    .brush = painted != brush_};
    for (const ParamInfo& info : kParams) {
        if (differs(before, params(), info)) told.params.push_back(info.key);
    }
    const bool any = request != nullptr || !told.params.empty() || told.strips || told.preset ||
                     told.crossfade || told.modulation || told.brush;
    if (!any) return;
    // A copy: clients may join and leave while they are told.
    const std::vector<std::shared_ptr<const Member>> members = members_;
    for (const auto& member : members) {
        const bool left = std::find(members_.begin(), members_.end(), member) == members_.end();
        if (member->listener && !left) member->listener(told);
    }
}

/// A change at `control` is about to be made. It belongs to the open step where that is held, or
/// was changed a moment ago, by the same client.
void Desk::begin_step(std::string_view control, std::vector<std::string_view> keys) {
    if (asking_ == nullptr) return;
    const bool goes_on = open_.by == asking_ && !open_.control.empty() && history_.is_open() &&
                         (open_.held ? open_.control == control : open_.idle_s < kGestureS);
    if (goes_on) {
        history_.extend(keys);
    } else {
        const bool held = open_.held && open_.by == asking_ && open_.control == control;
        history_.begin(look(), std::move(keys));
        open_ = {asking_, std::string(control), held, 0};
    }
    open_.idle_s = 0;
}

/// A change of `before` is made; it stays open, since a fade takes its time.
void Desk::begin_step_of_its_own(const Look& before, std::vector<std::string_view> keys) {
    if (asking_ == nullptr) return;
    open_ = {};
    history_.begin(before, std::move(keys));
}

/// Two faders that are taken hold of are two steps, however quickly.
void Desk::touch(const std::string& control) {
    const bool again = open_.by == asking_ && open_.control == control && open_.idle_s < kGestureS;
    if (!again || !history_.is_open()) {
        // Empty until something is changed.
        history_.end(look());
        open_ = {asking_, control, true, 0};
    }
    open_.held = true;
}

void Desk::set_number(const ParamInfo& info, double value) {
    require(!info.is_objective(), fmt::format("{} is no number", info.key));
    Params next = params();
    const std::optional<std::string> clamped = set_clamped(next, info, value);
    if (clamped) notices_.post(*clamped, Severity::warning);
    if (std::isnan(value)) return;
    if (info.is_flag())
        begin_step_of_its_own(look(), {info.key});
    else
        begin_step(info.key, {info.key});
    live_.set(next, {info.key});
}

void Desk::set_objective(const Objective& objective) {
    Params next = params();
    next.objective = objective;
    live_.set(next, {kObjective});
    follow_objective();
}

/// `control`: "" for what is a step of its own.
void Desk::edit_strips(std::string_view control, const std::function<void(Mixer&)>& edit) {
    Mixer edited = mixer_;
    edit(edited);
    const Objective objective = edited.objective();
    if (world_.check) world_.check(objective);
    if (control.empty())
        begin_step_of_its_own(look(), {kObjective});
    else
        begin_step(control, {kObjective});
    mixer_ = std::move(edited);
    set_objective(objective);
}

void Desk::move_in_history(bool forward) {
    open_ = {};
    const Look now = look();
    const std::optional<Look> there = forward ? history_.redo(now) : history_.undo(now);
    if (!there) return;
    if (history_.changed_all()) live_.stop();  // else what is on its way would come back
    std::vector<std::string_view> keys = history_.changed();
    if (std::erase(keys, kModulationKey) > 0) live_.change_modulation(there->modulation);
    if (std::erase(keys, kScoreKey) > 0) set_score(there->score);
    if (std::erase(keys, kBrushKey) > 0) brush_ = there->brush;
    live_.set(there->params, keys);
    follow_objective(true);
}

void Desk::step_preset(int step) {
    const std::vector<std::string> names = world_.names ? world_.names() : preset_names();
    const int count = static_cast<int>(names.size());
    require(count > 0, "there are no presets");
    const auto now = std::find(names.begin(), names.end(), preset());
    const int from = now != names.end() ? static_cast<int>(now - names.begin())
                     : step > 0         ? -1
                                        : count;
    const int to = ((from + step) % count + count) % count;
    hand_over(request::LoadPreset{.name = names[static_cast<size_t>(to)], .seconds = std::nullopt});
}

void Desk::follow_objective(bool keep_silent) {
    mixer_.follow(params().objective, world_.full_name, keep_silent);
}

std::string Desk::full_name(const std::string& layer) const {
    return world_.full_name ? world_.full_name(layer) : layer;
}

void Desk::resume(const Params& params, const std::string& preset, const Modulation& modulation) {
    live_.resume(params, preset);
    live_.set_modulation(modulation);
    follow_objective();
    say_what_stands(preset, live_.modulation());
}

/// `whose`: a preset's name; "": none.
void Desk::say_what_stands(const std::string& whose, const Modulation& moves) {
    const std::string unknown = moves.unknown_sources();
    if (unknown.empty()) return;
    notices_.post(whose.empty() ? unknown : fmt::format("{}: {}", whose, unknown));
}

void Desk::change_network(const std::function<Objective(const Objective&)>& map) {
    live_.map_objectives(map);
    history_.map_objectives(map);
    score_.map_objectives(map);
    follow_objective();
}

}  // namespace reverie
