// reverie lab beats FILE: what is heard in a file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/cli/lab.h"
#include "src/music/sound_track.h"
#include "src/util/console.h"
#include "src/util/interrupt.h"

namespace reverie {
namespace {

struct BeatsOptions {
    std::string file;
    bool live = false, json = false;
};

/// To a tenth of a millisecond.
std::vector<double> rounded(std::vector<double> times_s) {
    for (double& time : times_s) time = std::round(time * 1e4) / 1e4;
    return times_s;
}

void run_beats(const BeatsOptions& options) {
    SoundFile file(options.file, 1, &stop_flag());
    const SoundTrack track = listen_to(file, options.live ? Hearing::live : Hearing::whole);
    if (options.json) {
        const nlohmann::ordered_json result{{"bpm", std::round(track.bpm * 100) / 100},
                                            {"beats_s", rounded(track.beats_s)},
                                            {"onsets_s", rounded(track.onsets_s)}};
        print_out("{}\n", result.dump());
        return;
    }
    if (track.bpm <= 0) {
        print_out("no beat is heard in {}; {} onsets\n", options.file, track.onsets_s.size());
        return;
    }
    print_out("{:.1f} bpm, {} beats from {:.2f} to {:.2f} s, {} onsets\n", track.bpm,
              track.beats_s.size(), track.beats_s.front(), track.beats_s.back(),
              track.onsets_s.size());
}

}  // namespace

void add_lab_beats(CLI::App& lab, Action& action) {
    const auto options = std::make_shared<BeatsOptions>();
    CLI::App* command = lab.add_subcommand("beats", "Tempo, beats and onsets of a file's sound");
    command->fallthrough();
    command->add_option("file", options->file, "a file with sound, or a URL")->required();
    command->add_flag("--live", options->live, "as a show hears it, which knows the past alone");
    command->add_flag("--json", options->json, "bpm, beats_s, onsets_s");
    command->callback([&action, options] { action = [options] { run_beats(*options); }; });
}

}  // namespace reverie
