// Options of many commands: the global ones, parameters, and where the result goes.
#pragma once

#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "src/session/session_options.h"

namespace CLI {
class App;
}

namespace reverie {

void add_global_options(CLI::App& app, GlobalOptions& options);
void add_param_options(CLI::App& command, ParamOptions& options);
/// --like.
void add_like_option(CLI::App& command, ParamOptions& options);
void add_output_options(CLI::App& command, OutputOptions& options);
/// --resume and --checkpoint.
void add_resume_options(CLI::App& command, OutputOptions& options);
/// --preview, where there is time to look.
void add_preview_option(CLI::App& command, OutputOptions& options);
void add_interlaced_option(CLI::App& command, bool& keep);
/// --sound.
void add_sound_option(CLI::App& command, std::string& sound);
/// --second.
void add_second_option(CLI::App& command, std::string& second);
/// --background.
void add_background_option(CLI::App& command, std::string& background);

}  // namespace reverie
