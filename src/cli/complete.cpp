#include "src/cli/complete.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/media/sound.h"
#include "src/media/source_kind.h"
#include "src/net/network.h"
#include "src/net/weights.h"
#include "src/networks/fetch.h"
#include "src/networks/find_weights.h"

namespace reverie {
namespace {

/// Where the unfinished word stands.
struct Place {
    std::vector<const CommandInfo*> commands;  ///< the program and the commands chosen, outer first
    const OptionInfo* option = nullptr;        ///< whose value it is
    size_t argument = 0;                       ///< else, arguments that stand before it
    std::vector<std::string> given;            ///< options that do
    std::string weights;                       ///< as --weights has it
};

bool has_name(const OptionInfo& option, const std::string& name) {
    return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
}

/// An option of a command, or of one around it.
const OptionInfo* find_option(const Place& place, const std::string& name) {
    for (const CommandInfo* command : place.commands) {
        for (const OptionInfo& option : command->options) {
            if (has_name(option, name)) return &option;
        }
    }
    return nullptr;
}

Place read_words(const CommandInfo& program, const std::vector<std::string>& words) {
    Place place;
    place.commands.push_back(&program);
    for (size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& word = words[i];
        if (place.option != nullptr) {
            if (place.option->value == "NETWORK") place.weights = word;
            place.option = nullptr;
            continue;
        }
        if (word.starts_with('-') && word != "-") {
            const std::string name = word.substr(0, word.find('='));
            const OptionInfo* option = find_option(place, name);
            if (option == nullptr) continue;
            place.given.push_back(option->names.front());
            if (option->takes_value() && name == word) place.option = option;
            continue;
        }
        const std::vector<CommandInfo>& commands = place.commands.back()->commands;
        const auto command =
            std::find_if(commands.begin(), commands.end(),
                         [&](const CommandInfo& each) { return each.name == word; });
        if (command != commands.end())
            place.commands.push_back(&*command);
        else
            ++place.argument;
    }
    return place;
}

/// Gathers what begins as the unfinished word.
class Answer {
  public:
    explicit Answer(std::string word) : word_(std::move(word)) {}

    void add(const std::string& text, const std::string& help = "") {
        const std::string whole = prefix_ + text;
        const bool known = std::any_of(answer_.words.begin(), answer_.words.end(),
                                       [&](const Completion& c) { return c.text == whole; });
        if (whole.starts_with(word_) && !known) answer_.words.push_back({whole, help});
    }
    /// What has been typed of what add() adds next.
    std::string_view typed() const { return std::string_view(word_).substr(prefix_.size()); }
    /// All of typed() up to the last of these characters is done.
    void step_over_last(std::string_view separators) { step_to(typed().find_last_of(separators)); }
    void step_over_first(char separator) { step_to(typed().find(separator)); }
    void allow_files() { answer_.files = true; }
    /// Where nothing else fits: what has a name may be given as a file as well.
    void allow_files_instead() { answer_.files = answer_.words.empty(); }
    void go_on() { answer_.goes_on = true; }
    Completions take() { return std::move(answer_); }

  private:
    void step_to(size_t separator) {
        if (separator == std::string_view::npos) return;
        prefix_ = word_.substr(0, prefix_.size() + separator + 1);
    }

    std::string word_;
    std::string prefix_;  ///< of it that stands before what is completed
    Completions answer_;
};

void add_library(Answer& answer, const std::vector<LibraryEntry>& entries) {
    for (const LibraryEntry& entry : entries) answer.add(entry.name, entry.description);
    answer.allow_files_instead();
}

/// Layers, branches and pools; the terms before the last operator stay.
void add_layers(Answer& answer, const Place& place) {
    answer.step_over_last("*+ ");
    for (const LayerInfo& layer : layers_of(load_weights(find_weights(place.weights)).graph)) {
        answer.add(layer.name,
                   fmt::format("{} channels, sees {} px", layer.channels, layer.field.size));
    }
}

void add_assignments(Answer& answer, const Place& place) {
    const std::string_view typed = answer.typed();
    const size_t equals = typed.find('=');
    if (equals == std::string_view::npos) {
        for (const ParamInfo& info : kParams) {
            const std::string range = range_text(info);
            answer.add(
                fmt::format("{}=", info.key),
                range.empty() ? std::string(info.help) : fmt::format("{} ({})", info.help, range));
        }
        answer.go_on();
        return;
    }
    const ParamInfo& info = find_param(typed.substr(0, equals));
    answer.step_over_first('=');
    if (info.is_objective()) {
        add_layers(answer, place);
    } else if (info.is_flag()) {
        answer.add("true");
        answer.add("false");
    } else {
        answer.add(std::string(info.initial), "default; " + range_text(info));
    }
}

/// Listing what is plugged in takes time: only where it is asked for.
void add_sources(Answer& answer, bool live) {
    for (const SourceKind* kind : source_kinds()) {
        if (kind->listing.choices == nullptr) continue;
        const bool asked_for = !answer.typed().empty();
        if (kind->listing.changes && !(live && asked_for)) continue;
        for (const SourceChoice& choice : kind->listing.choices())
            answer.add(choice.spec, choice.detail.empty() ? choice.name : choice.detail);
    }
    answer.allow_files();
}

void add_networks(Answer& answer, const Place& place) {
    if (place.commands.back()->name == "fetch") {
        for (const Publication& publication : publications())
            answer.add(publication.name, publication.what);
        return;
    }
    answer.add("embedded", "came with the program");
    answer.add("embedded-small", "the same at half the width");
    for (const NamedWeights& named : list_weights()) answer.add(named.name, named.path);
    answer.allow_files_instead();
}

void add_sounds(Answer& answer) {
    answer.add("default", "the system's own");
    answer.add("off");
    for (const SoundDevice& sound : list_sounds()) answer.add(sound.source, sound.name);
    answer.allow_files_instead();
}

void add_words(Answer& answer, std::initializer_list<const char*> words) {
    for (const char* word : words) answer.add(word);
}

void add_values(Answer& answer, const OptionInfo& option, const Place& place) {
    for (const std::string& choice : option.choices) answer.add(choice);
    const std::string& value = option.value;
    if (value == "PRESET") add_library(answer, list_presets());
    if (value == "SCORE") add_library(answer, list_scores());
    if (value == "NAMES") {
        answer.step_over_last(",");
        for (const std::string& name : preset_names()) answer.add(name);
    }
    if (value == "KEY=VALUE" || value == "KEY=VALUES") add_assignments(answer, place);
    if (value == "LAYERS" || value == "LAYER") add_layers(answer, place);
    if (value == "NETWORK") add_networks(answer, place);
    if (value == "DEVICE") add_words(answer, {"auto", "cpu", "cuda", "cuda:0"});
    if (value == "CODEC") add_words(answer, {"h264", "h265", "av1", "vp9", "prores", "ffv1"});
    if (value == "SOUND") add_sounds(answer);
    if (value == "SOURCE" || value == "INPUT") add_sources(answer, value == "SOURCE");
    if (value == "FILE" || value == "CAMERA") answer.allow_files();
}

void add_options(Answer& answer, const Place& place) {
    for (const CommandInfo* command : place.commands) {
        for (const OptionInfo& option : command->options) {
            const bool given = std::find(place.given.begin(), place.given.end(),
                                         option.names.front()) != place.given.end();
            if (!given || option.repeats) answer.add(option.names.front(), option.help);
        }
    }
}

void answer_at(Answer& answer, const Place& place, const std::string& word) {
    if (place.option != nullptr) return add_values(answer, *place.option, place);
    if (word.starts_with('-') && word != "-") {
        const OptionInfo* option = find_option(place, word.substr(0, word.find('=')));
        if (word.find('=') == std::string::npos) return add_options(answer, place);
        answer.step_over_first('=');
        if (option != nullptr) add_values(answer, *option, place);
        return;
    }
    const CommandInfo& command = *place.commands.back();
    for (const CommandInfo& each : command.commands) answer.add(each.name, each.help);
    if (place.argument < command.arguments.size())
        add_values(answer, command.arguments[place.argument], place);
}

}  // namespace

Completions complete(const CommandInfo& program, const std::vector<std::string>& words) {
    const std::string word = words.empty() ? "" : words.back();
    Answer answer(word);
    try {
        answer_at(answer, read_words(program, words), word);
    } catch (const std::exception&) {
        // A folder that cannot be read, a network that is gone: the rest may still be known.
    }
    return answer.take();
}

std::string to_text(const Completions& completions) {
    std::string text;
    for (const Completion& each : completions.words)
        text += fmt::format("{}\t{}\n", each.text, each.help);
    if (completions.files) text += ":files\n";
    if (completions.goes_on) text += ":goes-on\n";
    return text;
}

}  // namespace reverie
