#include "src/cli/options.h"

#include <CLI/CLI.hpp>

namespace reverie {

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
    app.add_option(
           "--guide", options.guides,
           "a picture, or a folder of them, that the objective guide(LAYER) dreams towards; "
           "repeatable")
        ->allow_extra_args(false)
        ->group("Dream");
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

void add_like_option(CLI::App& command, ParamOptions& options) {
    command
        .add_option("--like", options.like,
                    "the look of a video or picture that reverie has made; other options change it")
        ->group("Dream");
}

void add_output_options(CLI::App& command, OutputOptions& options) {
    command
        .add_option("-o,--output", options.path,
                    "a file (its ending says what it is), frames/%05d.png, - (y4m) or null:")
        ->required()
        ->group("Output");
    command
        .add_option("--codec", options.codec,
                    "h264, h265, av1, vp9, prores, ffv1, or one of `reverie list encoders`")
        ->group("Output");
    command
        .add_option("--quality", options.quality,
                    "constant quality on the codec's own scale (CRF), smaller is better")
        ->check(CLI::Range(0, 63))
        ->group("Output");
    command
        .add_option("--bits", options.bits,
                    "8, 10 or 16 where the encoder has it; as the source by default")
        ->check(CLI::IsMember({8, 10, 16}))
        ->group("Output");
    command.add_flag("--overwrite", options.overwrite, "replace an output that is already there")
        ->group("Output");
}

void add_resume_options(CLI::App& command, OutputOptions& options) {
    command
        .add_flag("--resume", options.resume,
                  "go on where this command was interrupted; the file is the same as if it had not "
                  "been")
        ->group("Output");
    command
        .add_option(
            "--checkpoint", options.checkpoint_s,
            "seconds between two places from which --resume can go on, 0: none; by default 20, "
            "and more where keeping them takes long")
        ->check(CLI::Range(0.0, 86400.0))
        ->group("Output");
}

void add_preview_option(CLI::App& command, OutputOptions& options) {
    command
        .add_option("--preview", options.preview,
                    "the newest frame every few seconds into this .png or .jpg, to look at while "
                    "it dreams")
        ->group("Output");
}

void add_interlaced_option(CLI::App& command, bool& keep) {
    command
        .add_flag("--keep-interlaced", keep,
                  "frames of interlaced video as they are; else whole pictures are made of them")
        ->group("Input");
}

void add_sound_option(CLI::App& command, std::string& sound) {
    command
        .add_option("--sound", sound,
                    "a file that is heard beside the pictures, in place of the input's own sound, "
                    "and that the preset's modulation moves with")
        ->group("Input");
}

void add_second_option(CLI::App& command, std::string& second) {
    command
        .add_option("--second", second,
                    "a second source, whose brightness is the mask @second of an objective: it is "
                    "seen at the same time as the first one, at its size, and begins again when it "
                    "ends")
        ->group("Input");
}

void add_background_option(CLI::App& command, std::string& background) {
    command
        .add_option(
            "--background", background,
            "behind transparent parts: white, #204060; by default they stay transparent where "
            "the output can be, and are black where it cannot")
        ->group("Input");
}

}  // namespace reverie
