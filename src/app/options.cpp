#include "src/app/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/app/library.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kMaxSide = 32768;

/// A whole non-negative number that fills all of `text`.
std::optional<int> whole(std::string_view text) {
    int value = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || stop != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

/// A finite non-negative number that fills all of `text`.
std::optional<double> decimal(std::string_view text) {
    double value = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || stop != text.data() + text.size() || !std::isfinite(value) ||
        value < 0)
        return std::nullopt;
    return value;
}

int even(double size) { return std::max(2, static_cast<int>(std::lround(size / 2)) * 2); }

}  // namespace

void add_global_options(CLI::App& app, GlobalOptions& options) {
    app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
        ->capture_default_str()
        ->group("Machine");
    app.add_option("--threads", options.threads,
                   "worker threads of the CPU; all of them by default")
        ->check(CLI::Range(0, 1024))
        ->group("Machine");
    app.add_option("--weights", options.weights,
                   "network: a .safetensors file, or a name in the weights folder")
        ->group("Machine");
    app.add_option("--precision", options.precision,
                   "auto, f32, bf16, f16, or exact: f32 whose sums are taken in double, slow")
        ->check(CLI::IsMember({"auto", "f32", "bf16", "f16", "exact"}))
        ->capture_default_str()
        ->group("Machine");
    app.add_option("--memory-mb", options.memory_mb,
                   "budget of the network; larger pictures are dreamed in tiles")
        ->check(CLI::Range(0, 1 << 24))
        ->group("Machine");
    app.add_flag("-q,--quiet", options.quiet, "no progress, no notes; errors only")
        ->group("Machine");
    app.add_flag("-v,--verbose", options.verbosity, "say more")->group("Machine");
}

SizeRequest parse_size(std::string_view text) {
    const size_t cross = text.find('x');
    if (cross != std::string_view::npos) {
        const std::string_view width = text.substr(0, cross);
        const std::string_view height = text.substr(cross + 1);
        const std::optional<int> w = width.empty() ? 0 : whole(width);
        const std::optional<int> h = height.empty() ? 0 : whole(height);
        const bool fits = w && h && *w <= kMaxSide && *h <= kMaxSide;
        const bool positive =
            fits && (width.empty() || *w > 0) && (height.empty() || *h > 0) && *w + *h > 0;
        if (positive) return {*w, *h};
    }
    throw UsageError(
        fmt::format("--size {}: expected WIDTHxHEIGHT in px, as in 640x360, 640x or x360, up to {}",
                    text, kMaxSide));
}

SizeRequest choose_size(const SizeRequest& request, int source_width, int source_height) {
    SizeRequest size = request;
    if (size.width == 0 && size.height == 0) return {source_width, source_height};
    if (size.width == 0)
        size.width = even(static_cast<double>(size.height) * source_width / source_height);
    if (size.height == 0)
        size.height = even(static_cast<double>(size.width) * source_height / source_width);
    return size;
}

double parse_seconds(std::string_view text, std::string_view option) {
    std::string_view rest = text;
    const bool has_clock = rest.find(':') != std::string_view::npos;
    if (!has_clock && rest.ends_with('s')) rest.remove_suffix(1);
    double seconds = 0;
    for (int part = 0; part < 3; ++part) {
        const size_t colon = rest.find(':');
        const bool last = colon == std::string_view::npos;
        const std::optional<double> value = decimal(rest.substr(0, colon));
        if (!value || (!last && *value != std::floor(*value))) break;
        seconds = seconds * 60 + *value;
        if (last) return seconds;
        rest.remove_prefix(colon + 1);
    }
    throw UsageError(
        fmt::format("{} {}: expected a time, as in 12.5, 12.5s, 1:30 or 1:02:03", option, text));
}

Rational parse_rate(std::string_view text) {
    const size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const std::optional<int> num = whole(text.substr(0, slash));
        const std::optional<int> den = whole(text.substr(slash + 1));
        if (num && den && *num > 0 && *den > 0) return {*num, *den};
    } else if (const std::optional<double> rate = decimal(text);
               rate && *rate >= 0.01 && *rate <= 1000) {
        if (std::abs(*rate - std::round(*rate)) < 1e-6)
            return {static_cast<int>(std::lround(*rate)), 1};
        // 23.976, 29.97 and 59.94 are short for the rates of NTSC.
        const double ntsc = std::round(*rate);
        if (std::abs(*rate - ntsc / 1.001) < 0.005) return {static_cast<int>(ntsc) * 1000, 1001};
        return {static_cast<int>(std::lround(*rate * 1000)), 1000};
    }
    throw UsageError(fmt::format("--fps {}: expected a rate, as in 25, 29.97 or 30000/1001", text));
}

std::string clock_text(double seconds) {
    const auto whole_seconds = static_cast<long long>(std::lround(std::max(0.0, seconds)));
    const long long hours = whole_seconds / 3600;
    const long long minutes = whole_seconds / 60 % 60;
    if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole_seconds % 60);
    return fmt::format("{}:{:02}", minutes, whole_seconds % 60);
}

void add_param_options(CLI::App& command, ParamOptions& options) {
    command
        .add_option("--preset", options.preset,
                    "a look: a name of `reverie list presets`, or a .toml file")
        ->group("Dream");
    command
        .add_option("--set", options.sets, "key=value, any of `reverie list params`; repeatable")
        ->allow_extra_args(false)
        ->group("Dream");
    command.add_option("--objective", options.objective, "short for --set objective=…")
        ->group("Dream");
    command.add_option("--seed", options.seed, "short for --set seed=…")->group("Dream");
}

ParamPlan::ParamPlan(const ParamOptions& options, const Params& defaults) : base_(defaults) {
    if (!options.preset.empty()) {
        const Preset preset = load_preset(options.preset);
        preset.apply(base_);
        base_objective_at_ = preset.objective_at;
    }
    if (!options.score.empty()) score_ = load_score(options.score);
    for (const std::string& assignment : options.sets) {
        const size_t equals = assignment.find('=');
        if (equals == std::string::npos) {
            throw UsageError(
                fmt::format("--set {}: expected key=value, as in --set step=2", assignment));
        }
        set_by_hand(assignment.substr(0, equals), assignment.substr(equals + 1));
    }
    if (options.objective) set_by_hand("objective", *options.objective);
    if (options.seed) set_by_hand("seed", std::to_string(*options.seed));
}

void ParamPlan::set_by_hand(const std::string& key, const std::string& value) {
    try {
        set_param(base_, key, value);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    if (find_param(key).is_objective()) {
        base_objective_at_.clear();
        objective_by_hand_ = true;
    }
    if (score_) score_->release(key);
}

void ParamPlan::each_objective(const std::function<Objective(const PlannedObjective&)>& f) {
    if (score_ && score_->each_objective([&](const Keyframe& keyframe) {
            return f({keyframe.values.objective, keyframe.objective_at});
        }))
        return;
    base_.objective = f({base_.objective, base_objective_at_, objective_by_hand_});
}

Params ParamPlan::at(double time_s, double duration_s) const {
    return score_ ? score_->at(time_s, duration_s, base_) : base_;
}

}  // namespace reverie
