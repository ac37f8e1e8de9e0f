// The measuring instruments behind `reverie lab`, one file each. All results are JSON on stdout.
#pragma once

#include <string>
#include <vector>

#include "src/cli/commands.h"
#include "src/session/session_options.h"

namespace reverie {

void add_lab_gradient(CLI::App& lab, const GlobalOptions& globals, Action& action);
void add_lab_flow(CLI::App& lab, const GlobalOptions& globals, Action& action);
void add_lab_bench(CLI::App& lab, const GlobalOptions& globals, Action& action);
void add_lab_coherence(CLI::App& lab, const GlobalOptions& globals, Action& action);
void add_lab_late(CLI::App& lab, const GlobalOptions& globals, Action& action);
void add_lab_mask(CLI::App& lab, const GlobalOptions& globals, Action& action);
/// What a show pays for all that it is played with, as JSON: see lab_bench_hands.cpp.
void run_hands_bench(Device& device, Stream& stream);
void add_lab_usual(CLI::App& lab, const GlobalOptions& globals, Action& action);
void add_lab_beats(CLI::App& lab, Action& action);
void add_lab_shots(CLI::App& lab, Action& action);

}  // namespace reverie
