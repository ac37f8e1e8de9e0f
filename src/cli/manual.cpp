#include "src/cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/cli/command_tree.h"
#include "src/cli/roff.h"
#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/media/sink_kind.h"
#include "src/media/source_kind.h"
#include "src/ui/overlay/keys.h"

namespace reverie {
namespace {

struct Entry {
    const char* term;
    const char* text;
};

constexpr Entry kExamples[] = {
    {"Dream a video in a built-in look; its sound is kept:",
     "reverie render holiday.mp4 -o dream.mp4 --preset fur"},
    {"Go from the first layer's edges to the deepest creatures, and back:",
     "reverie render holiday.mp4 -o dream.mp4 --score journey"},
    {"A mixture of layers of one's own:",
     "reverie render holiday.mp4 -o dream.mov --objective \"0.8*inception_3b + inception_4c:17\""},
    {"Towards a picture of one's own:",
     "reverie render holiday.mp4 -o dream.mp4 --guide flowers.jpg --objective "
     "\"guide(inception_4c)\""},
    {"One picture, and the endless fall into it:",
     "reverie still photo.jpg -o dream.png\nreverie zoom photo.jpg -o zoom.mp4 --duration 1:00"},
    {"A show with the first webcam, recorded:", "reverie live --preset eyes --record night.mp4"},
    {"An installation that is left alone:", "reverie live --installation --fullscreen --walk 120"},
};

constexpr Entry kFiles[] = {
    {"~/.config/reverie/presets, ~/.config/reverie/scores",
     "your own presets and scores, as .toml files; a name found here is taken before a built-in "
     "one"},
    {"~/.config/reverie/stars.toml",
     "the channels that you have starred; without it, those that come with the network"},
    {"~/.local/share/reverie/weights", "networks that `reverie weights fetch` has brought"},
    {"~/.local/state/reverie", "the state of an installation, restored at its next start"},
    {"~/.cache/reverie",
     "which way of computing each convolution was the fastest on this GPU, and the sheets of "
     "`reverie atlas`; may be deleted"},
};

constexpr Entry kEnvironment[] = {
    {"REVERIE_WEIGHTS", "the network where --weights is not given: a file or a name"},
    {"REVERIE_WEIGHTS_MIRROR",
     "a URL or folder that `reverie weights fetch` takes networks from, instead of from those who "
     "published them"},
    {"REVERIE_MODULES",
     "a folder that is searched first for modules: of processors, GPUs and libav"},
    {"REVERIE_MEASURE_S",
     "seconds that may be spent on finding the fastest convolutions for a new size on a GPU; what "
     "is "
     "found is kept, so that the same command gives the same bytes"},
    {"REVERIE_SUMMARY", "is set for the command of `reverie queue run --when-done`"},
    {"REVERIE_CUDA_GRAPHS", "0: a GPU's steps are queued one by one, not as a graph"},
    {"OMP_WAIT_POLICY",
     "how the threads of a CPU wait for each other; passive where it is not set"},
    {"GLIBC_TUNABLES",
     "how memory is allocated; in huge pages where neither this nor OMP_WAIT_POLICY is set"},
    {"XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME",
     "where the folders of the section FILES are"},
};

constexpr Entry kExitStatus[] = {
    {"0", "done"},
    {"1", "failed; one line on the standard error says why"},
    {"2", "wrong use of the command line"},
    {"3", "an installation stood still and ended itself, to be started again"},
    {"130", "interrupted by Ctrl-C; what was written until then can be played"},
};

std::string with_full_stop(std::string text) {
    if (!text.empty() && !text.ends_with('.') && !text.ends_with("…")) text += '.';
    return text;
}

void add_option(RoffPage& page, const OptionInfo& option) {
    std::string text = option.help;
    const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
    if (!option.choices.empty()) add(fmt::format("one of {}", fmt::join(option.choices, ", ")));
    if (!option.range.empty()) add(option.range);
    if (!option.initial.empty()) add("default: " + option.initial);
    page.item(fmt::format("{}", fmt::join(option.names, ", ")), option.value, with_full_stop(text));
}

/// Its own options; those of all commands have a section of their own.
void add_command(RoffPage& page, const CommandInfo& command, const std::string& above) {
    const std::string name = above + " " + command.name;
    if (!command.commands.empty()) {
        for (const CommandInfo& each : command.commands) add_command(page, each, name);
        return;
    }
    std::string title = name;
    for (const OptionInfo& argument : command.arguments)
        title += argument.required ? " " + argument.value : " [" + argument.value + "]";
    page.subheading(title);
    page.paragraph(with_full_stop(command.help));
    for (const OptionInfo& argument : command.arguments)
        page.item(argument.value, "", with_full_stop(argument.help));
    for (const OptionInfo& option : command.options) {
        if (option.names.front() != "--help") add_option(page, option);
    }
}

void add_params(RoffPage& page) {
    page.heading("PARAMETERS");
    page.paragraph(
        "Each can be set on the command line (--set step=2), in a preset, in a score, by the "
        "overlay and over OSC.");
    for (const ParamInfo& info : kParams) {
        std::string text = fmt::format("{}; {}", info.help, info.type_name());
        if (const std::string range = range_text(info); !range.empty())
            text += fmt::format(", {}{}{}", range, info.unit.empty() ? "" : " ", info.unit);
        page.item(info.key, "", fmt::format("{}; default: {}.", text, info.initial));
    }
}

void add_library(RoffPage& page, const char* title, const std::vector<LibraryEntry>& entries) {
    page.heading(title);
    for (const LibraryEntry& entry : entries) {
        if (entry.origin.empty()) page.item(entry.name, "", with_full_stop(entry.description));
    }
}

void add_sources(RoffPage& page) {
    page.heading("SOURCES");
    for (const SourceKind* kind : source_kinds()) {
        page.item(kind->name, "", with_full_stop(kind->description));
        if (!kind->drawn) continue;
        for (const SourceChoice& choice : kind->listing.choices())
            page.item(choice.spec, "",
                      with_full_stop(choice.detail.empty() ? choice.name : choice.detail));
    }
    page.heading("OUTPUTS");
    for (const SinkKind* kind : sink_kinds())
        page.item(kind->name, "", with_full_stop(kind->description));
}

void add_keys(RoffPage& page) {
    page.heading("KEYS");
    page.paragraph("In the window of reverie live; F1 shows them there.");
    std::string_view group;
    for (const Shortcut& shortcut : shortcuts()) {
        if (shortcut.keys.empty()) continue;
        if (shortcut.group != group) page.subheading(shortcut.group);
        group = shortcut.group;
        page.item(shortcut.keys, "", with_full_stop(std::string(shortcut.help)));
    }
}

template <size_t n>
void add_entries(RoffPage& page, const char* title, const Entry (&entries)[n]) {
    page.heading(title);
    for (const Entry& entry : entries) page.item(entry.term, "", with_full_stop(entry.text));
}

}  // namespace

std::string manual_page() {
    const CommandInfo program = command_tree();
    RoffPage page("REVERIE", 1, REVERIE_DATE, "reverie " REVERIE_VERSION);
    page.heading("NAME");
    page.paragraph("reverie - a real-time dreamer for video and webcams");
    page.heading("SYNOPSIS");
    std::vector<std::string> names;
    for (const CommandInfo& command : program.commands) names.push_back(command.name);
    page.paragraph(fmt::format("reverie [OPTION]... {} ...", fmt::join(names, "|")));
    page.heading("DESCRIPTION");
    page.paragraph(
        "A network that was trained to recognise images looks at a picture; what its neurons "
        "weakly see there is amplified, by gradient ascent on the picture, until anyone can see "
        "it. The dream is carried along by the motion of the video and dreamed a little more, "
        "frame after frame.");
    page.paragraph(
        "An objective names what is amplified: a sum of layers, branches and channels with signed "
        "weights, as in 0.8*inception_3b + inception_4c:17 - 0.3*inception_4d. `reverie list "
        "layers` shows what it can name.");
    page.paragraph(
        "An output is written beside its name and moved into place at its end. One that exists is "
        "refused without --overwrite, and the input itself always.");
    page.heading("COMMANDS");
    for (const CommandInfo& command : program.commands) add_command(page, command, "reverie");
    page.heading("OPTIONS OF ALL COMMANDS");
    for (const OptionInfo& option : program.options) add_option(page, option);
    add_params(page);
    add_library(page, "PRESETS", list_presets());
    add_library(page, "SCORES", list_scores());
    add_sources(page);
    add_keys(page);
    add_entries(page, "FILES", kFiles);
    add_entries(page, "ENVIRONMENT", kEnvironment);
    add_entries(page, "EXIT STATUS", kExitStatus);
    page.heading("EXAMPLES");
    for (const Entry& example : kExamples) {
        page.paragraph(example.term);
        page.example(example.text);
    }
    page.heading("SEE ALSO");
    page.paragraph("ffplay(1), v4l2-ctl(1), systemctl(1)");
    return page.text();
}

}  // namespace reverie
