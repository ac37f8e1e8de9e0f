// reverie lab bench --hands: what a show pays, each picture, for all that it is played with.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "src/bench/bench.h"
#include "src/cli/lab.h"
#include "src/control/modulation.h"
#include "src/control/osc/osc_requests.h"
#include "src/control/surface.h"
#include "src/music/beat_follower.h"
#include "src/session/sight.h"
#include "src/util/console.h"

namespace reverie {
namespace {

constexpr int kPictures = 900, kRate = 30;
constexpr int kRoutes = 16;    // more than any preset has
constexpr int kMessages = 32;  // a picture: eight knobs that are turned at once
constexpr int kFlowWidth = 640, kFlowHeight = 360;

/// Milliseconds of each of many pictures, by what they were spent on.
class Costs {
  public:
    template <class Work>
    void of(size_t part, Work work) {
        const auto begun = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - begun;
        parts_[part].second.push_back(took.count());
    }
    size_t add(const std::string& name) {
        parts_.emplace_back(name, std::vector<double>());
        return parts_.size() - 1;
    }
    nlohmann::ordered_json report() const {
        nlohmann::ordered_json json;
        std::vector<double> all;
        for (const auto& [name, ms] : parts_) {
            all.resize(ms.size());
            for (size_t i = 0; i < ms.size(); ++i) all[i] += ms[i];
            json[name] = quantiles(ms);
        }
        json["all"] = quantiles(all);
        return json;
    }

  private:
    static nlohmann::ordered_json quantiles(std::vector<double> ms) {
        std::sort(ms.begin(), ms.end());
        return {{"ms_median", quantile_of(ms, 0.5)}, {"ms_p95", quantile_of(ms, 0.95)}};
    }
    std::vector<std::pair<std::string, std::vector<double>>> parts_;
};

/// Each source, over and over, on each number.
Modulation all_that_moves() {
    Modulation moves;
    constexpr std::array kTargets{"strength", "chroma", "step", "zoom", "rotation", "half_life"};
    for (size_t i = 0; i < kRoutes; ++i) {
        const ModulationSource& source = kModulationSources[i % (kModulationSources.size() - 1)];
        ModulationRoute route;
        route.target = kTargets[i % kTargets.size()];
        route.source = source.name;
        route.amount = 0.1;
        route.attack_s = 0.02;
        route.release_s = 0.3;
        if (source.wave()) route.beats = 4;
        moves.routes.push_back(route);
    }
    return moves;
}

/// The part of a drum at 120 bpm that is heard during one picture.
std::vector<float> sound_of(int picture) {
    std::vector<float> samples(kSoundRate / kRate);
    for (size_t i = 0; i < samples.size(); ++i) {
        const double t = static_cast<double>(picture) / kRate + static_cast<double>(i) / kSoundRate;
        const double since_s = std::fmod(t, 0.5);
        samples[i] = static_cast<float>(0.5 * std::exp(-20 * since_s) *
                                        std::sin(2 * std::numbers::pi * 90 * since_s));
    }
    return samples;
}

std::vector<std::vector<char>> messages_of(int picture) {
    constexpr std::array kKnobs{"strength", "chroma", "step",  "half_life",
                                "zoom",     "pan_x",  "pan_y", "rotation"};
    std::vector<std::vector<char>> packets;
    for (int i = 0; i < kMessages; ++i) {
        const double value = 0.5 + 0.4 * std::sin(0.1 * (picture * kMessages + i));
        packets.push_back(write_osc_packet(
            {std::string(kOscRoot) + kKnobs[static_cast<size_t>(i) % kKnobs.size()], {value}}));
    }
    return packets;
}

Image a_flow(Device& device, Stream& stream) {
    Image flow(device, kFlowWidth, kFlowHeight, 2);
    std::vector<float> values(static_cast<size_t>(flow.cview().size()));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(std::sin(1e-4 * static_cast<double>(i)));
    device.upload(stream, flow.view().data, values.data(), values.size() * sizeof(float));
    return flow;
}

}  // namespace

void run_hands_bench(Device& device, Stream& stream) {
    Notices notices;
    double now_s = 0;
    DeskWorld world;
    world.now_s = [&] { return now_s; };
    Desk desk(Params(), notices, world);
    DeskClient hand = desk.join("hand");
    const std::map<std::string, std::string> options;
    const SurfaceContext context{desk, notices, options, {}};
    std::vector<std::unique_ptr<Surface>> surfaces;
    for (const SurfaceKind* kind : surface_kinds()) {
        // To a port that throws away what it gets.
        if (std::string_view(kind->name) == "osc_out")
            surfaces.push_back(kind->open("127.0.0.1:9", context));
        if (std::string_view(kind->name) == "midi") {
            if (auto midi = kind->open("", context)) surfaces.push_back(std::move(midi));
        }
    }
    SoundListener listener;
    BeatFollower follower;
    std::vector<SoundFeatures> features;
    Modulator modulator;
    modulator.set(all_that_moves());
    Sight sight(device);
    sight.look_for({.motion = true, .presence = false, .layers = {}});
    const Image flow = a_flow(device, stream);
    Costs costs;
    const size_t hands = costs.add("hands"), sound = costs.add("sound"), sees = costs.add("motion"),
                 moves = costs.add("modulation");
    for (int i = 0; i < kPictures; ++i) {
        now_s = static_cast<double>(i) / kRate;
        const std::vector<float> samples = sound_of(i);
        const std::vector<std::vector<char>> packets = messages_of(i);
        costs.of(hands, [&] {
            for (const auto& surface : surfaces) surface->between_frames();
            std::vector<Request> requests;
            for (const std::vector<char>& packet : packets) {
                for (const OscMessage& message : read_osc_packet(packet))
                    requests.push_back(*osc_request(message).request);
            }
            hand.ask(std::move(requests));
            desk.apply();
            desk.advance(1.0 / kRate);
        });
        costs.of(sound, [&] {
            features.clear();
            listener.hear(samples, features);
            for (const SoundFeatures& each : features) follower.step(each);
        });
        costs.of(sees, [&] { sight.see_motion(stream, flow.cview(), 1.0 / kRate); });
        costs.of(moves, [&] {
            modulator.see(sight.seen());
            const Heard heard{features.empty() ? SoundFeatures() : features.back(), 2 * now_s};
            modulator.at(now_s, desk.params(), [&](double) { return heard; });
        });
    }
    print_out("{}\n", costs.report().dump(2));
}

}  // namespace reverie
