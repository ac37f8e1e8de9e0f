#include "src/show/output_requests.h"

#include <fmt/format.h>

#include "src/util/error.h"

namespace reverie {
namespace {

OutputKind kind_of(const std::string& token) {
    std::vector<std::string> tokens;
    for (const OutputInfo& info : kOutputs) {
        if (info.token == token) return info.kind;
        tokens.emplace_back(info.token);
    }
    throw Error(fmt::format("there is no output {}{}", token, did_you_mean(token, tokens)));
}

}  // namespace

void start_output(LiveOutputs& outputs, const LiveShow& show, OutputKind kind,
                  const std::string& target) {
    const bool dry = info_of(kind).of_source;
    const VideoFrame* video = show.video();
    require(show.has_picture() && (!dry || video != nullptr),
            "there is no picture to record yet; try again when the source is there");
    const Size size = dry ? Size{video->width(), video->height()} : show.size();
    outputs.start(kind, target, size, show.frame_rate(), show.source());
}

void handle_output_requests(LiveShow& show, LiveOutputs& outputs) {
    show.desk().handle<request::SwitchOutput>([&](const auto& r) {
        const OutputKind kind = kind_of(r.output);
        const bool running = outputs.running(kind);
        if (switched(r.to, running) == running) return;
        if (running)
            outputs.stop(kind);
        else
            start_output(outputs, show, kind, r.target);
    });
    show.desk().publish("record", [&] { return outputs.running(OutputKind::record); });
    show.desk().handle<request::SetSound>([&](const auto& r) {
        show.listen(nullptr);  // an input is closed in the background, once nobody holds it
        outputs.listen(r.spec, show.begun());
        show.listen(outputs.sound_feed());
    });
}

}  // namespace reverie
