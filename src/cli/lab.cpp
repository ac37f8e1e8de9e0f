// reverie lab gradient|flow|bench|coherence|late|usual|beats|shots
#include "src/cli/lab.h"

#include <CLI/CLI.hpp>

namespace reverie {

void add_lab(CLI::App& app, const GlobalOptions& globals, Action& action) {
    CLI::App* lab = app.add_subcommand("lab", "Measuring and checking, JSON out");
    lab->fallthrough();
    lab->require_subcommand(1);
    add_lab_gradient(*lab, globals, action);
    add_lab_flow(*lab, globals, action);
    add_lab_bench(*lab, globals, action);
    add_lab_coherence(*lab, globals, action);
    add_lab_late(*lab, globals, action);
    add_lab_mask(*lab, globals, action);
    add_lab_usual(*lab, globals, action);
    add_lab_beats(*lab, action);
    add_lab_shots(*lab, action);
}

}  // namespace reverie
