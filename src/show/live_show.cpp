#include "src/show/live_show.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "src/dream/objective_map.h"
#include "src/media/pattern.h"
#include "src/media/source_kind.h"
#include "src/session/mask_file.h"
#include "src/session/memory_check.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kOwnPaceS = 0.04;         // pictures of a show whose source gives none
constexpr double kStandInAfterS = 2;       // a source that has shown nothing yet
constexpr double kStandInAfterLossS = 10;  // one that is gone: its last frame is dreamed on first
constexpr double kRetryDreamsS = 1;
constexpr double kSlowForS = 4;
constexpr double kLeastRate = 1, kHighestRate = 240;  // pictures a second that a source may say
constexpr double kMeasureEveryS = 0.5;
constexpr double kLookForDreamsS = 0.003;
constexpr double kPreparingMs = 400;  // a dream that takes so long is making a plan
// How often layers are probed: such that it takes this share of the dreams' time.
constexpr double kLookShare = 0.05, kLookAtMostEveryS = 0.25, kLookAtLeastEveryS = 2;
constexpr int kThreadsShare = 4;  // of a CPU's threads, one in so many is the show's own, …
constexpr int kLeastThreads = 2;  // … and no fewer

DreamBudget budget_of(const ShowOptions& options, DeviceKind device) {
    BudgetLimits limits;
    limits.smallest_width = LiveShow::kSmallestWidth;
    if (options.budget_ms) {
        limits.dream_ms = limits.step_ms = *options.budget_ms;
    } else if (device == DeviceKind::cpu) {
        limits.dream_ms = LiveShow::kCpuBudgetMs;
        limits.step_ms = LiveShow::kCpuStepMs;
        limits.first_width = LiveShow::kSmallestWidth;  // the first dream is not waited for
    } else {
        limits.dream_ms = limits.step_ms = 1e3 / options.display_hz;
    }
    return DreamBudget(limits);
}

LiveShow::Clock::duration seconds(double s) {
    return std::chrono::duration_cast<LiveShow::Clock::duration>(Seconds(s));
}

}  // namespace

LiveShow::LiveShow(Runtime& runtime, const ShowOptions& options)
    : runtime_(runtime),
      options_(options),
      desk_(options.params, notices_, desk_world()),
      statistics_(options.display_hz),
      sight_(*runtime.device),
      late_(*runtime.device, TemporalOptions::live(mask_loader(*runtime.device, notices_))),
      budget_(budget_of(options, runtime.device->info().kind)),
      begun_(Clock::now()),
      advanced_(begun_),
      slow_since_(begun_),
      layers_seen_(begun_) {
    handle_requests();
    start_dreaming();
    if (!options.second.empty()) second_.open(options.second, options.second_from);
    open(options.source);
}

DeskWorld LiveShow::desk_world() {
    DeskWorld world;
    world.from_portable = [this](const Objective& o) { return in_network(o); };
    world.check = [this](const Objective& o) { check(o); };
    world.full_name = [this](const std::string& name) {
        try {
            Subject subject = subject_of({name});
            if (subject.kind == Subject::Kind::layer)
                subject.name = runtime_.network->find(subject.name).name;
            return name_of(subject);
        } catch (const Error&) {
            return name;
        }
    };
    world.now_s = [this] { return Seconds(Clock::now() - begun_).count(); };
    // What changes is seen in the next picture: of two, the one that is nearer to the beat. What is
    // dreamed of it comes softly, after that.
    world.late_s = [this] { return late_s_ + until_picture_s() / 2; };
    world.to_portable = [this](const Params& params) { return portable_params(params); };
    return world;
}

void LiveShow::handle_requests() {
    desk_.handle<request::ResetDream>([this](const auto&) {
        late_.dream().reset();
        if (take_ != nullptr) take_->reset();
    });
    desk_.handle<request::TakeGuide>([this](const auto&) { take_guide(); });
    desk_.handle<request::UseNetwork>([this](const auto& r) { use_network(r.path); });
    desk_.handle<request::OpenSource>([this](const auto& r) {
        // A source that can never be opened leaves the present one in place.
        if (const SourceKind& kind = source_kind_of(r.spec); kind.check != nullptr)
            kind.check(r.spec);
        open(r.spec);
    });
    desk_.publish("source", [this] { return source(); });
    desk_.handle<request::PauseSource>([this](const auto& r) {
        const LiveStatus source = input_.status();
        require(source.duration_s > 0, "only a file can be paused; try holding the dream");
        input_.pause(switched(r.to, source.paused));
    });
    desk_.handle<request::SeekSource>([this](const auto& r) { seek(r); });
    desk_.handle<request::Snapshot>([this](const auto&) {
        require(has_picture(), "there is no picture to keep yet");
        snapshots_.take(runtime_, picture_);
    });
}

void LiveShow::seek(const request::SeekSource& to) {
    const LiveStatus source = input_.status();
    require(source.duration_s > 0, "this source has no length to seek in");
    const double from_s = to.relative ? source.position * source.duration_s : 0;
    input_.seek(std::clamp((from_s + to.seconds) / source.duration_s, 0.0, 1.0));
}

void LiveShow::start_dreaming() {
    Device& device = *runtime_.device;
    dreamer_ = std::make_unique<DreamThread>(device, *runtime_.network, runtime_.memory_bytes);
    // Without this, the show would wait at the end of each parallel loop for threads that the dream
    // keeps busy.
    const int all = device.info().threads;
    device.limit_threads(std::min(all, std::max(kLeastThreads, all / kThreadsShare)));
}

void LiveShow::go_on_on_cpu() {
    change_.reset();
    dreamer_.reset();
    thumbnails_.forget_network();
    recognition_.forget_network();
    rgb_ = picture_ = {};
    continue_on_cpu(runtime_);
    upload_.reset();
    second_.forget_device();
    size_ = wanted_size_ = dream_size_ = {};
    difference_ = {};
    difference_sum_ = {};
    const SightWish wish = sight_.wish();
    sight_ = Sight(*runtime_.device);
    sight_.look_for(wish);
    late_ = LatePicture(*runtime_.device,
                        TemporalOptions::live(mask_loader(*runtime_.device, notices_)));
    if (take_ != nullptr) take_->reset();
    budget_ = budget_of(options_, DeviceKind::cpu);
    probe_ = {};
    dream_problem_.clear();
    again_ = frame_.video.width() > 0;
    start_dreaming();
}

void LiveShow::open(const std::string& spec) {
    options_.source = spec;
    opened_ = Clock::now();
    input_.open(spec, options_.from);
}

void LiveShow::use_network(const std::string& path) {
    require(!change_, coming_network() + " is being read; choose again when it is there");
    change_.emplace(runtime_, path, desk_.params(), dream_size_);
    options_.lighter_weights.clear();
}

/// The whole network is preferred, even in small dreams, as long as it makes enough steps.
void LiveShow::lighten(Clock::time_point now) {
    if (options_.lighter_weights.empty() || change_) return;
    const double most_ms = options_.budget_ms.value_or(kCpuStepMs);
    if (most_ms <= 0 || budget_.smallest_step_ms() <= most_ms) slow_since_ = now;
    // A slowness that passes quickly comes from another program.
    if (now - slow_since_ < seconds(kSlowForS)) return;
    const std::string path = options_.lighter_weights;
    use_network(path);
    notices_.post(fmt::format(
        "a step of the smallest dream takes {:.0f} ms here: {} takes over, which is lighter; "
        "--weights embedded keeps the whole network",
        budget_.smallest_step_ms(), change_->name()));
}

/// Between two dreams, so that nobody waits.
void LiveShow::take_network() {
    NetworkChange change = std::move(*change_);
    change_.reset();
    try {
        std::unique_ptr<Network> network = change.take();
        const Network& old = *runtime_.network;
        const Objective wish = desk_.params().objective;
        desk_.change_network([&](const Objective& o) { return map_objective(o, old, *network); });
        std::string note = change.name() + " dreams now";
        if (desk_.params().objective != wish) note += ", of " + to_text(desk_.params().objective);
        const std::string lacks = substitution_note(to_portable(wish, old), *network);
        if (!lacks.empty()) note += "; " + lacks;
        told_ = {lacks};
        dreamer_.reset();
        thumbnails_.forget_network();
        recognition_.forget_network();
        std::swap(runtime_.network, network);
        // An output that is still closing is not waited for.
        std::erase_if(leaving_, [](const std::future<void>& one) {
            return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
        });
        let_go(std::move(network));
        budget_ = budget_.anew();
        probe_ = {};
        start_dreaming();
        if (take_ != nullptr) take_->network(runtime_.network->weights().path.string());
        notices_.post(note);
    } catch (const std::exception& error) {
        notices_.post(error.what(), Severity::error);
    }
}

/// In a thread beside the show, if the system has one to give.
void LiveShow::let_go(std::unique_ptr<Network> network) {
    try {
        leaving_.push_back(std::async(std::launch::async,
                                      [last = std::move(network)]() mutable { last.reset(); }));
    } catch (const std::system_error&) {
        // It has ended here, with the task, at the price of one late picture.
    }
}

void LiveShow::check(const Objective& objective) const {
    require_second(objective);
    resolve(*runtime_.network, objective);
}

Objective LiveShow::in_network(const Objective& objective) {
    require_second(objective);
    const std::string note = substitution_note(objective, *runtime_.network);
    if (!note.empty() && told_.insert(note).second) notices_.post(note);
    return from_portable(objective, *runtime_.network);
}

Params LiveShow::portable_params(Params params) const {
    params.objective = to_portable(params.objective, *runtime_.network);
    return params;
}

/// For pictures of that size: on a CPU, flow and steps of a large one leave no time for dreams.
Size LiveShow::dream_size_for(Size size) const {
    const bool unlimited = options_.budget_ms == 0.0;
    const bool on_cpu = runtime_.device->info().kind == DeviceKind::cpu;
    if (unlimited || !on_cpu || std::max(size.width, size.height) <= kCpuWidth) return size;
    const bool upright = size.height > size.width;
    const SizeRequest most = upright ? SizeRequest{0, kCpuWidth} : SizeRequest{kCpuWidth, 0};
    return choose_size(most, size.width, size.height);
}

/// The size of the picture.
Size LiveShow::size_for(const VideoFrame& frame) {
    const Size size = choose_size(options_.size, frame.width(), frame.height());
    if (size == wanted_size_) return size_;
    const bool free = options_.size == SizeRequest{};
    const auto bytes_of = [this](Size s) {
        return show_bytes(s, dream_size_for(s), desk_.params());
    };
    // The present one gives way to it.
    const size_t there =
        runtime_.device->free_memory() + (size_.width > 0 ? bytes_of(size_) : size_t{0});
    if (!free) check_memory(there, size, bytes_of);
    wanted_size_ = size;
    return largest_that_fits(size, there, bytes_of);
}

bool LiveShow::advance(double longest_s) {
    desk_.apply();
    const Clock::time_point until = Clock::now() + seconds(longest_s);
    bool fresh = false;
    // While the show waits for a frame, a finished dream is taken over and the next one begun.
    for (bool first = true; !fresh && (first || Clock::now() < until); first = false) {
        dream(Clock::now());
        const double left_s = Seconds(until - Clock::now()).count();
        fresh = take(std::clamp(left_s, 0.0, kLookForDreamsS));
    }
    if (!fresh) carry_out();
    const Clock::time_point now = Clock::now();
    const double gone_s = Seconds(now - advanced_).count();
    if (!fresh) {
        arrived_ = {};
        // Time goes on while the picture is held.
        if (gone_s < kOwnPaceS || rgb_.data == nullptr) return false;
    }
    advanced_ = now;
    desk_.advance(gone_s);
    show_frame(now);
    if (!preparing()) {
        recognition_.advance(now, *runtime_.stream, *runtime_.network, rgb_, picture_, *dreamer_);
        thumbnails_.advance(now, *runtime_.stream, *runtime_.network, late_.dream().frame(),
                            desk_.params(), *dreamer_);
    }
    return true;
}

/// What was asked while the show waited for a frame is in its picture, not in the next.
void LiveShow::carry_out() {
    applied_ = Clock::now();
    desk_.apply();
}

void LiveShow::set_attract(Frames frames) {
    attract_ = std::move(frames);
    stand_in_.close();
    standing_in_ = attract_ != nullptr;
}

/// The newest frame of the source, or of its stand-in.
bool LiveShow::take_frame(double longest_s) {
    seen_ = nullptr;
    if (attract_) {
        if (input_.take_within(watched_, std::min(longest_s, kOwnPaceS / 2)))
            seen_ = &watched_.video;
        return attract_(frame_);
    }
    if (input_.take_within(frame_, longest_s)) {
        if (standing_in_) stand_in_.close();
        standing_in_ = false;
        has_video_ = true;
        seen_ = &frame_.video;
        // Once a source: its loops count on.
        if (frame_.number == 0)
            for (const std::string& note : input_.status().info.notes) notices_.post(note);
        return true;
    }
    take_stand_in();
    return standing_in_ && stand_in_.take(frame_);
}

bool LiveShow::take(double longest_s) {
    if (!std::exchange(again_, false) && !take_frame(longest_s)) return false;
    if (take_ != nullptr)
        take_->frame_came(standing_in_ ? usual_pattern() : options_.source,
                          standing_in_ ? stand_in_from_ : options_.from,
                          (standing_in_ ? stand_in_ : input_).status().info);
    carry_out();
    // Another size needs other plans, so a stand-in that is shown only for a while is fitted into
    // the present size.
    const Size size = attract_ && size_.width > 0 ? size_ : size_for(frame_.video);
    if (!upload_ || size != size_) upload_.emplace(runtime_, size);
    size_ = size;
    dream_size_ = dream_size_for(size);
    rgb_ = upload_->to_rgb(frame_.video);
    fresh_ = true;
    arrived_ = frame_.arrived;
    return true;
}

void LiveShow::take_stand_in() {
    if (standing_in_) return;
    const LiveStatus status = input_.status();
    if (status.paused || status.info.still) return;
    const bool gone = status.state != LiveState::running;
    const double patience_s = status.frames > 0 ? kStandInAfterLossS : kStandInAfterS;
    if (!gone || status.age_s < patience_s || Clock::now() - opened_ < seconds(patience_s)) return;
    stand_in_from_.width = size_.width > 0 ? size_.width : kCpuWidth;
    stand_in_from_.height = size_.height > 0 ? size_.height : kCpuWidth * 9 / 16;
    stand_in_.open(usual_pattern(), stand_in_from_);
    standing_in_ = true;
}

void LiveShow::show_frame(Clock::time_point now) {
    Stream& stream = *runtime_.stream;
    const double before_s = std::exchange(time_s_, Seconds(now - begun_).count());
    hear();
    bring_mask_inputs();
    late_.dream().paint(desk_.brush());
    late_.dream().advance(stream, late_.fit(stream, rgb_, dream_size_), time_s_, moved_);
    picture_ = late_.show(stream, strength_factor_ * moved_.strength, desk_.panic());
    log_picture();
    if (now - measured_ >= seconds(kMeasureEveryS)) measure_strength(now);
    if (filter_) picture_ = filter_(stream, picture_, time_s_);
    look(time_s_ - before_s);
    stream.synchronize();
}

/// mean |shown − source|.
void LiveShow::measure_strength(Clock::time_point now) {
    Device& device = *runtime_.device;
    Stream& stream = *runtime_.stream;
    measured_ = now;
    if (difference_sum_.size() == 0) difference_sum_ = Buffer<float>(device, 1);
    difference_.resize(device, picture_.width, picture_.height, picture_.channels);
    device.ops().add_scaled(stream, picture_, -1.0F, rgb_, difference_);
    device.ops().absolute_sum(stream, difference_, difference_sum_.data());
    float sum = 0;
    device.download(stream, &sum, difference_sum_.data(), sizeof sum);
    statistics_.seen_strength(now, sum / static_cast<double>(picture_.size()));
}

/// Takes over a finished dream, and begins the next.
void LiveShow::dream(Clock::time_point now) {
    Stream& stream = *runtime_.stream;
    switch (dreamer_->state()) {
        case DreamThread::State::dreaming:
            return;
        case DreamThread::State::done:
            take_dream(now);
            break;
        case DreamThread::State::failed:
            if (dreamer_->gpu_failed()) throw DeviceError(dreamer_->problem());
            dream_problem_ = dreamer_->problem();
            retry_dreams_ = now + seconds(kRetryDreamsS);
            dreamer_->release();
            return;
        case DreamThread::State::idle:
            break;
    }
    lighten(now);
    if (change_ && change_->ready()) take_network();
    give_guide();
    // Of a frame that is to be shown once more, nothing may be there.
    if (again_ || desk_.frozen() || now < retry_dreams_ || !late_.dream().has_frame()) return;
    const double since_s = late_.dream().since_dreamed();
    if (since_s <= 0) return;  // that frame has been dreamed
    const Turns::Deal deal =
        budget_.next(late_.dream().frame().width, late_.dream().frame().height, moved_, since_s);
    DreamJob& job = dreamer_->job();
    late_.dream().begin(stream, moved_, deal.push, job);
    job.portion = deal.portion;
    if (take_ != nullptr) take_->began(deal);
    ProbeRequest& request = dreamer_->request();
    request = request_;
    dreamer_->watched() = sight_.wish().layers;
    const double look_every_s =
        std::clamp(dreamer_->look_ms() / 1e3 / kLookShare, kLookAtMostEveryS, kLookAtLeastEveryS);
    request.layers = request_.layers && now - looked_ >= seconds(look_every_s);
    if (request.layers) looked_ = now;
    stream.synchronize();
    submitted_ = now;
    dreamer_->submit();
}

void LiveShow::take_dream(Clock::time_point now) {
    // Dreams that are made while plans are being made do not tell the budget anything.
    if (!dreamer_->preparing()) budget_.took(dreamer_->last_ms());
    const int late = late_.dream().lateness();
    const bool taken = !desk_.frozen() && late_.dream().finish(*runtime_.stream, dreamer_->job());
    if (take_ != nullptr) take_->dreamed({taken, late, dreamer_->last_ms(), dreamer_->instead()});
    if (taken)
        statistics_.dreamed(now, dreamer_->last_ms(), dreamer_->job().portion.steps,
                            budget_.share().stretch);
    for (const std::string& note : dreamer_->notes()) notices_.post(note);
    take_insight();
    sight_.see_layers(dreamer_->strengths(),
                      Seconds(now - std::exchange(layers_seen_, now)).count());
    dream_problem_.clear();
    dreamer_->release();
}

/// A probe that did not run this time keeps its last result.
void LiveShow::take_insight() {
    ProbeResult& seen = dreamer_->probe();
    if (dreamer_->request().layers) {
        probe_.layers = std::move(seen.layers);
        probe_.channels = std::move(seen.channels);
        probe_.layer = seen.layer;
    }
    if (dreamer_->request().map) {
        probe_.map = std::move(seen.map);
        probe_.map_width = seen.map_width;
        probe_.map_height = seen.map_height;
    }
}

Rational LiveShow::frame_rate() const {
    const LiveStatus status = input_.status();
    const Rational nominal = status.info.frame_rate;
    const auto plausible = [](double fps) { return fps >= kLeastRate && fps <= kHighestRate; };
    if (attract_ || standing_in_) return {30, 1};
    // For a video of variable rate, this may be the inverse of its clock tick.
    if (nominal.known() && plausible(nominal.value())) return nominal;
    return {plausible(status.fps) ? static_cast<int>(std::lround(status.fps)) : 30, 1};
}

bool LiveShow::preparing() const {
    if (change_ || dreamer_->preparing()) return true;
    return dreamer_->state() == DreamThread::State::dreaming &&
           Clock::now() - submitted_ >
               seconds(std::max(kPreparingMs, 3 * dreamer_->last_ms()) / 1e3);
}

std::string LiveShow::problem() const {
    if (!dream_problem_.empty()) return dream_problem_;
    const LiveStatus status = input_.status();
    if (status.state == LiveState::lost || status.state == LiveState::stalled)
        return status.last_error.empty() ? status.name + " gives no pictures" : status.last_error;
    return "";
}

}  // namespace reverie
