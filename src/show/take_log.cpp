#include "src/show/take_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "src/media/libav_facts.h"
#include "src/networks/find_weights.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr double kLongestEndS = 60;  // of the video beside the take

void refuse_what_is_there(const std::string& path) {
    std::error_code unknown;
    if (fs::exists(path, unknown))
        throw Error(fmt::format("'{}' is there already; choose another name for --take", path));
}

/// Fit to be written down for another folder and another day.
std::string lasting_spec(const std::string& spec) {
    std::error_code unknown;
    return fs::is_regular_file(spec, unknown) ? fs::absolute(spec).lexically_normal().string()
                                              : spec;
}

/// Takes the thread's time, not the show's: a network may be large.
void name_network(std::string& network, std::string& weights) {
    weights = sha256_of_file(network);
    network = name_of_weights(network);
}

bool same_layers(const Seen& a, const Seen& b) {
    return a.motion == b.motion && a.presence == b.presence && a.layers == b.layers;
}

/// For people: whoever holds a fader says so, and asks what stands there, all the time.
bool is_worth_a_line(const Request& request) {
    return !request.is<request::Report>() && !request.is<request::Touch>() &&
           !request.is<request::Release>();
}

}  // namespace

std::string TakeLog::dry_name(const std::string& path) {
    return fs::path(path).replace_extension(".source.mkv").string();
}

TakeLog::TakeLog(Options options) : options_(std::move(options)) {
    refuse_what_is_there(options_.path);
    require_writable(options_.path);
    if (options_.dry) {
        const std::string video = dry_name(options_.path);
        refuse_what_is_there(video);
        options_.head.dry = fs::path(video).filename().string();
    }
    file_.open(options_.path, std::ios::binary | std::ios::trunc);
    require(file_.is_open(),
            fmt::format("cannot create '{}': {}", options_.path, std::strerror(errno)));
    waiting_.emplace_back(options_.head);
    thread_ = std::thread([this] { run(); });
}

TakeLog::~TakeLog() { finish(); }

void TakeLog::watch(Desk& desk) {
    client_ = desk.join("take", [this](const DeskChange& change) {
        if (change.request == nullptr || !is_worth_a_line(*change.request)) return;
        TakeAsked asked;
        asked.by = change.client;
        asked.what = change.request->name();
        asked.keys.assign(change.params.begin(), change.params.end());
        add(std::move(asked));
    });
}

void TakeLog::begin_picture(double time_s, const Desk& desk, const Seen& seen) {
    TakePicture next;
    next.number = picture_.number;
    next.frame = picture_.frame;
    next.time_s = time_s;
    picture_ = std::move(next);
    const Params& now = desk.params();
    for (const ParamInfo& info : kParams) {
        const bool same =
            params_ &&
            std::visit([&](auto field) { return (*params_).*field == now.*field; }, info.field);
        if (!same) picture_.set.emplace_back(info.key, get_param(now, info.key));
    }
    if (!picture_.set.empty()) params_ = now;
    if (desk.modulation() != modulation_) picture_.modulation = modulation_ = desk.modulation();
    if (desk.brush() != brush_) {
        if (*desk.brush() != *brush_) picture_.brush = change_between(*brush_, *desk.brush());
        brush_ = desk.brush();
    }
    if (!same_layers(seen, seen_)) picture_.seen = seen_ = seen;
    if (desk.panic() != panic_) picture_.panic = panic_ = desk.panic();
    if (desk.frozen() != frozen_) picture_.frozen = frozen_ = desk.frozen();
}

void TakeLog::heard(double time_s, const Heard& heard) {
    if (heard.sound == SoundFeatures() && !heard.beat) return;
    picture_.heard.push_back({time_s, heard});
}

void TakeLog::end_picture(const Shown& shown) {
    if (shown.size != size_) picture_.size = size_ = shown.size;
    if (shown.dream_size != dream_size_) picture_.dream_size = dream_size_ = shown.dream_size;
    if (shown.frame != nullptr && picture_.frame) {
        const LiveFrame& live = *shown.frame;
        picture_.frame = TakeFrame{picture_.frame->source, live.opening, live.from_s,
                                   live.video.pts, keep_dry(shown)};
    } else {
        picture_.frame.reset();
    }
    add(picture_);
    picture_.frame.reset();
    ++picture_.number;
}

/// Its source is written down where it is new.
void TakeLog::frame_came(const std::string& spec, const SourceOptions& from,
                         const SourceInfo& info) {
    TakeSource source;
    source.spec = lasting_spec(spec);
    source.size = {from.width, from.height};
    source.fps = from.fps;
    source.time_base = info.time_base;
    source.keep_interlaced = from.keep_interlaced;
    source.background = from.background;
    picture_.frame.emplace();
    for (const TakeSource& known : sources_) {
        source.number = picture_.frame->source = known.number;
        if (known == source) return;
    }
    source.number = picture_.frame->source = static_cast<int>(sources_.size());
    sources_.push_back(source);
    add(source);
}

/// The number of the frame in the video; nothing where there is none, or it was too slow.
std::optional<int64_t> TakeLog::keep_dry(const Shown& shown) {
    if (!options_.dry) return std::nullopt;
    const VideoFrame& video = shown.frame->video;
    if (dry_.status().state == RecorderState::idle) {
        SinkOptions to;
        to.width = video.width();
        to.height = video.height();
        to.source_format = video.format();
        to.tags = shown.info.tags;
        to.frame_rate = shown.frame_rate;
        to.codec = "ffv1";
        to.made_from = sources_[static_cast<size_t>(picture_.frame->source)].spec;
        dry_.start(dry_name(options_.path), to, {}, feed_);
    }
    if (!dry_.push(video, picture_.time_s)) return std::nullopt;
    return dry_frames_++;
}

void TakeLog::add(TakeEvent event) {
    {
        const std::lock_guard lock(mutex_);
        if (!problem_.empty() || ending_) return;
        waiting_.push_back(std::move(event));
    }
    changed_.notify_all();
}

std::string TakeLog::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

bool TakeLog::finish() {
    if (!thread_.joinable()) return problem().empty();
    leave();
    add(TakeEnd{picture_.number});
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
    dry_.stop();
    const bool kept = !options_.dry || dry_.wait(kLongestEndS);
    return kept && problem().empty() && dry_.status().state != RecorderState::failed;
}

void TakeLog::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        std::deque<TakeEvent> events;
        events.swap(waiting_);
        lock.unlock();
        std::string problem;
        try {
            errno = 0;
            for (TakeEvent& event : events) {
                if (auto* head = std::get_if<TakeHead>(&event))
                    name_network(head->network, head->weights);
                if (auto* other = std::get_if<TakeNetwork>(&event))
                    name_network(other->network, other->weights);
                file_ << take_line(event) << '\n';
            }
            file_.flush();
            if (!file_) problem = std::strerror(errno != 0 ? errno : EIO);
        } catch (const std::exception& error) {
            problem = error.what();
        }
        lock.lock();
        if (problem.empty()) continue;
        problem_ = fmt::format("the take '{}' ends here: {}", options_.path, problem);
        return;
    }
}

}  // namespace reverie
