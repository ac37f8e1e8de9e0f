// What the overlay is told of channels by sight: what the network thinks it sees, and those that can
// be chosen.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "src/dream/objective_map.h"
#include "src/ui/live_window.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// As a star is called: by its number in the network that this one was made from.
Star star_of(const Network& network, const std::string& layer, int channel) {
    const Objective portable = to_portable({{{layer, channel, 1}}}, network);
    return {portable.terms.at(0).layer, portable.terms.at(0).channel};
}

/// "4c" for "inception_4c".
std::string short_name(const std::string& layer) {
    constexpr std::string_view kModule = "inception_";
    return layer.starts_with(kModule) ? layer.substr(kModule.size()) : layer;
}

/// The classes of whose label `word`, in lower case, is a part. To name one asks all labels, so that
/// only the first are named, and the others counted.
void find_classes(const ClassLabels& labels, const std::string& word, SightStatus& sight) {
    constexpr size_t kMost = 8;
    for (int number = 0; number < static_cast<int>(labels.size()); ++number) {
        const std::string label = labels.label(number);
        std::string lower = label;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (lower.find(word) == std::string::npos) continue;
        if (sight.classes.size() == kMost) {
            ++sight.more_classes;
            continue;
        }
        const Subject subject{.kind = Subject::Kind::of_class, .name = labels.name(number)};
        sight.classes.push_back({name_of(subject), label});
    }
}

}  // namespace

ChannelPicture LiveWindow::picture_of(const std::string& layer, int channel) {
    const Network& network = *runtime_.network;
    ChannelPicture picture{layer, channel, "", {}, star_of(network, layer, channel), false};
    const auto words = words_.find({layer, channel});
    if (words != words_.end()) picture.words = words->second;
    const Stars& stars = show_.desk().stars();
    picture.starred = std::find(stars.begin(), stars.end(), picture.star) != stars.end();
    picture.picture = tiles_.find(layer, picture.star.channel);
    return picture;
}

/// Looks only while it is looked at.
void LiveWindow::describe_sight() {
    SightStatus& sight = model_.sight;
    const Network& network = *runtime_.network;
    const ChannelNames& names = network.names();
    const bool panel = overlay_.shows(Panel::sight);
    const bool watched = view_.mode == ViewMode::sight || panel;
    show_.recognition().watch(watched);
    sight.named = !names.channels().empty();
    sight.labelled = network.classes() > 0 && !network.labels().empty();
    sight.picture = show_.size();
    for (std::vector<SightedWord>& seen : sight.seen) seen.clear();
    if (named_network_ != model_.network) {
        words_.clear();
        for (const NamedChannel& named : names.channels())
            words_[{named.layer, named.channel}] = fmt::format("{}", fmt::join(named.words, ", "));
        named_network_ = model_.network;
    }
    if (watched || overlay_.shows(Panel::layers)) {
        tiles_.use(weights_of_names(network));
        if (const std::optional<std::string> problem = tiles_.take())
            show_.notices().post(*problem, Severity::warning);
    }
    describe_strips();
    if (panel) describe_field();
    if (!watched) return;
    for (const Recognition::Which which : {Recognition::source, Recognition::dream}) {
        for (const ShownWord& shown : show_.recognition().impression(which).shown()) {
            SightedWord word{shown.word, shown.strength, shown.x, shown.y, {}};
            if (!shown.word.empty()) {
                const NamedChannel& named = names.channels().at(shown.channel);
                word.channel = picture_of(named.layer, named.channel);
            }
            sight.seen.at(which).push_back(std::move(word));
        }
    }
}

/// The channels on the mixing desk, where they are to be seen.
void LiveWindow::describe_strips() {
    model_.sight.strips.clear();
    if (!overlay_.shows(Panel::layers)) return;
    for (const Mixer::Strip& strip : model_.mixer.strips()) {
        if (strip.channel >= 0 && find_layer(runtime_.network->layers(), strip.layer) != nullptr)
            model_.sight.strips[strip_name(strip.layer, strip.channel)] =
                picture_of(strip.layer, strip.channel);
    }
}

void LiveWindow::describe_field() {
    if (!found_ || model_.sight.shown != asked_channels_ || found_network_ != model_.network ||
        found_stars_ != show_.desk().stars()) {
        find_field();
        model_.sight.shown = asked_channels_;
        found_ = true;
        found_network_ = model_.network;
        found_stars_ = show_.desk().stars();
    }
    for (ChannelPicture& one : model_.sight.field)
        one.picture = tiles_.find(one.layer, one.star.channel);
}

void LiveWindow::find_field() {
    const Network& network = *runtime_.network;
    SightStatus& sight = model_.sight;
    sight.layers.clear();
    for (const LayerInfo& layer : network.layers()) {
        if (layer.kind == NodeKind::concat) sight.layers.push_back(short_name(layer.name));
    }
    sight.field.clear();
    sight.classes.clear();
    sight.more_classes = 0;
    if (!asked_channels_.word.empty()) {
        if (sight.labelled) find_classes(network.labels(), asked_channels_.word, sight);
        for (const NamedChannel& named : network.names().channels()) {
            ChannelPicture one = picture_of(named.layer, named.channel);
            if (one.words.find(asked_channels_.word) != std::string::npos)
                sight.field.push_back(std::move(one));
        }
        return;
    }
    if (!asked_channels_.layer.empty()) {
        const LayerInfo& layer = network.find(asked_channels_.layer);
        for (int channel = 0; channel < layer.channels; ++channel)
            sight.field.push_back(picture_of(layer.name, channel));
        return;
    }
    for (size_t i = 0; i < show_.desk().stars().size(); ++i) {
        try {
            const Term own = show_.desk().channel_of_star(static_cast<int>(i + 1));
            sight.field.push_back(picture_of(network.find(own.layer).name, own.channel));
        } catch (const Error&) {
            // This network has nothing for it.
        }
    }
}

}  // namespace reverie
