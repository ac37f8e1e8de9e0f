// open_sink(): finds the kind of sink that a name stands for, and refuses bad requests before any
// work.
#include "src/media/sink.h"

#include <algorithm>

#include "src/media/own_input.h"
#include "src/media/sink_kind.h"
#include "src/media/sources/demuxer.h"
#include "src/util/error.h"

namespace reverie {

extern const SinkKind kNullSink, kStdoutSink, kStreamSink, kVirtualCameraSink, kPictureSink,
    kVideoSink;

const std::vector<const SinkKind*>& sink_kinds() {
    static const std::vector<const SinkKind*> kKinds{
        &kNullSink, &kStdoutSink, &kStreamSink, &kVirtualCameraSink, &kPictureSink, &kVideoSink};
    return kKinds;
}

const SinkKind* find_sink_kind(const std::string& spec) {
    const std::vector<const SinkKind*>& kinds = sink_kinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const SinkKind* kind) { return kind->recognises(spec); });
    return found != kinds.end() ? *found : nullptr;
}

std::string sink_help() {
    const std::vector<const SinkKind*>& kinds = sink_kinds();
    std::string text;
    // In reverse, so that files come first: the table begins with the kinds that are easily
    // recognised.
    for (auto kind = kinds.rbegin(); kind != kinds.rend(); ++kind) {
        if (kind != kinds.rbegin()) text += std::next(kind) == kinds.rend() ? ", or " : ", ";
        text += (*kind)->description;
    }
    return text;
}

SinkOptions sink_options_for(const SourceInfo& info) {
    SinkOptions options;
    options.width = info.width;
    options.height = info.height;
    options.time_base = info.time_base;
    options.frame_rate = info.frame_rate;
    options.source_format = info.format;
    options.transparent = info.transparent && info.format.has_alpha;
    options.tags = info.tags;
    options.sample_aspect = info.sample_aspect;
    options.side_data = info.side_data;
    options.made_from = info.name;
    options.first_number = info.first_number.value_or(1);
    return options;
}

std::string streams_left_out(const std::string& spec, const SinkOptions& options) {
    const SinkKind* kind = find_sink_kind(spec);
    if (kind == nullptr || kind->without_streams == nullptr || options.streams == nullptr)
        return "";
    std::string all;
    for (const std::string& what : options.streams->others())
        all += (all.empty() ? "" : ", ") + what;
    return all.empty() ? "" : "left out: " + all + " (" + kind->without_streams + " holds none)";
}

bool can_keep_alpha(const std::string& spec, const std::string& codec) {
    const SinkKind* kind = find_sink_kind(spec);
    return kind != nullptr && kind->keeps_alpha != nullptr && kind->keeps_alpha(spec, codec);
}

std::unique_ptr<Sink> open_sink(const std::string& spec, const SinkOptions& options) {
    require(options.width > 0 && options.height > 0, "an output needs a size");
    const SinkKind* kind = find_sink_kind(spec);
    if (kind == nullptr)
        throw UsageError("cannot tell what kind of output '" + spec + "' is; try " + sink_help());
    if (kind->on_disk || spec == "-") refuse_own_input(spec, options.made_from);
    return kind->open(spec, options);
}

}  // namespace reverie
