#include "src/render/draft.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>

#include "src/media/source_kind.h"
#include "src/util/error.h"
#include "src/util/peak_memory.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr double kSameMomentS = 1e-4;

/// Gone with all that is in it.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "reverie_draft_XXXXXX").string();
        require(::mkdtemp(name.data()) != nullptr,
                fmt::format("cannot create a folder in '{}'", fs::temp_directory_path().string()));
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string at(const char* name) const { return (path_ / name).string(); }

  private:
    fs::path path_;
};

/// The parts of a clip that lead up to its moments. Those that touch are one.
class RunUps {
  public:
    RunUps(const JobOptions& options, const SourceInfo& info, const std::vector<double>& moments_s,
           double run_up_s)
        : spec_(options.input), options_(source_options(options)), info_(info) {
        options_.keep_alpha = info.format.has_alpha;
        for (const double moment_s : moments_s) {
            const double rate = info.frame_rate.value();
            const double begin_s = std::floor(std::max(0.0, moment_s - run_up_s) * rate) / rate;
            if (parts_.empty() || begin_s > parts_.back().moments_s.back())
                parts_.push_back({begin_s, {}});
            parts_.back().moments_s.push_back(moment_s);
        }
    }

    std::optional<DreamInput> next() {
        while (part_ < parts_.size()) {
            const bool begins = source_ == nullptr;
            if (begins) open();
            frame_ = source_->next();
            if (frame_) return input(begins);
            close();
        }
        return std::nullopt;
    }

    /// Does a moment show this frame?
    bool is_moment(int64_t pts) const { return moments_.contains(pts); }
    int64_t planned() const {
        double seconds = 0;
        for (const Part& part : parts_) seconds += part.moments_s.back() - part.begin_s;
        return std::llround(seconds * info_.frame_rate.value()) + std::ssize(parts_);
    }

  private:
    struct Part {
        double begin_s;
        std::vector<double> moments_s;
    };

    void open() {
        SourceOptions options = options_;
        options.start_s += parts_[part_].begin_s;
        options.duration_s = 0;
        source_ = open_source(spec_, options);
        moment_ = 0;
    }

    void close() {
        source_.reset();
        ++part_;
    }

    DreamInput input(bool begins) {
        const Part& part = parts_[part_];
        const double tick_s = info_.time_base.value();
        frame_->pts += std::llround(part.begin_s / tick_s);
        const double ends_s = static_cast<double>(frame_->pts + frame_->duration) * tick_s;
        const std::vector<double>& moments_s = part.moments_s;
        while (moment_ < moments_s.size() && ends_s > moments_s[moment_] + kSameMomentS) {
            moments_.emplace(frame_->pts, moment_++);
        }
        const DreamInput input{&*frame_, frame_->pts,      frame_->duration,
                               nullptr,  LoopPart::inside, begins};
        if (moment_ == moments_s.size()) close();
        return input;
    }

    std::string spec_;
    SourceOptions options_;
    const SourceInfo& info_;
    std::vector<Part> parts_;
    size_t part_ = 0, moment_ = 0;
    std::unique_ptr<Source> source_;
    std::optional<VideoFrame> frame_;
    std::map<int64_t, size_t> moments_;  ///< frames that were given, by pts
};

/// Keeps the frames of moments, and what all of them took, on their way to the encoder.
class DraftSink : public Sink {
  public:
    DraftSink(Sink& encoder, const RunUps& run_ups, DraftRow& row,
              const std::function<void(const DraftRow&)>& shown)
        : encoder_(encoder), run_ups_(run_ups), row_(row), shown_(shown) {}

    const PixelFormat& format() const override { return encoder_.format(); }
    VideoFrame acquire() override { return encoder_.acquire(); }
    /// The first frames of a part are not measured: the device is made ready for them.
    void write(const VideoFrame& frame) override {
        constexpr int kUnready = 2;
        encoder_.write(frame);
        const Clock::time_point now = Clock::now();
        if (++since_cut_ > kUnready) {
            sum_s_ += std::chrono::duration<double>(now - last_).count();
            row_.frame_s = sum_s_ / ++timed_;
        }
        last_ = now;
        ++row_.frames;
        if (run_ups_.is_moment(frame.pts)) row_.pictures.push_back(frame);
        shown_(row_);
    }
    void begin_segment() override {
        encoder_.begin_segment();
        since_cut_ = 0;
    }
    void finish() override {}

  private:
    using Clock = std::chrono::steady_clock;

    Sink& encoder_;
    const RunUps& run_ups_;
    DraftRow& row_;
    const std::function<void(const DraftRow&)>& shown_;
    Clock::time_point last_;
    double sum_s_ = 0;
    int since_cut_ = 0, timed_ = 0;
};

/// A render of the same, but for its output.
JobOptions written_to(const std::string& path, const JobOptions& options) {
    JobOptions draft = options;
    draft.output = OutputOptions();
    draft.output.path = path;
    draft.output.checkpoint_s = 0;
    return draft;
}

}  // namespace

std::vector<double> moments_over(double duration_s, int count) {
    std::vector<double> moments_s;
    for (int i = 0; i < count; ++i) moments_s.push_back(duration_s * (i + 0.5) / count);
    return moments_s;
}

std::vector<VideoFrame> source_pictures(const JobOptions& options, const SourceInfo& info,
                                        const std::vector<double>& moments_s) {
    RunUps run_ups(written_to("draft.mp4", options), info, moments_s, 1 / info.frame_rate.value());
    std::vector<VideoFrame> pictures;
    while (const std::optional<DreamInput> input = run_ups.next()) {
        if (!run_ups.is_moment(input->pts)) continue;
        pictures.push_back(*input->frame);
        pictures.back().pts = input->pts;
    }
    return pictures;
}

DraftRow draft_row(const GlobalOptions& globals, const JobOptions& options, const DraftPlan& plan,
                   const std::function<void(const DraftRow&)>& shown) {
    if (source_kind_of(options.input).comes_later)
        throw UsageError(fmt::format("{} cannot be read from any moment on; a file can be drafted",
                                     options.input));
    forget_peak_memory();
    const TemporaryFolder folder;
    const JobOptions draft = written_to(folder.at("draft.mp4"), options);
    OpenJob open = open_video_job(globals, draft, Params());
    open.source.reset();
    DraftRow row;
    row.notes = open.runtime.trouble;
    row.recipe = open.to.recipe;
    row.run_up_s = plan.run_up_s.value_or(settling_s(open.schedule.base()));
    row.frames_of_render = open.info.frame_count;
    row.on_gpu = open.runtime.device->info().kind != DeviceKind::cpu;
    RunUps run_ups(draft, open.info, plan.moments_s, row.run_up_s);
    row.planned = run_ups.planned();
    DraftSink sink(*open.sink, run_ups, row, shown);
    RenderJob job;
    int64_t taken = 0;
    job.next = [&]() -> std::optional<DreamInput> {
        return taken++ < plan.most_frames ? run_ups.next() : std::nullopt;
    };
    job.size = open.size;
    job.time_base = open.info.time_base;
    job.duration_s = open.info.duration_s;
    job.output = options.output.path;
    job.sound = &open.sound;
    job.second = open.second.get();
    job.part_of_more = true;
    try {
        run_render_job(job, open.schedule, open.runtime, sink, globals.quiet);
    } catch (const Interrupted&) {
        row.stopped = true;
    }
    row.memory_bytes =
        row.on_gpu ? open.runtime.device->counters().peak_bytes : peak_memory_bytes();
    return row;
}

}  // namespace reverie
