#include "src/render/resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "src/media/libav_facts.h"
#include "src/media/sink_kind.h"
#include "src/media/source_kind.h"
#include "src/media/sources/picture_list.h"
#include "src/net/precision.h"
#include "src/render/shot_parts.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

const std::string kConvolution = "the convolution ";  // before the name of each that was chosen

/// FNV-1a of 64 bits: what has changed by accident is found.
class Hash {
  public:
    void add(std::string_view bytes) {
        for (const char c : bytes) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    std::string text() const { return fmt::format("{:016x}", hash_); }

  private:
    uint64_t hash_ = 14695981039346656037U;
};

/// Its size, and its first and last bytes: a clip may be many gigabytes.
std::string identity_of_file(const fs::path& path) {
    constexpr std::streamoff kEnds = 64 << 10;
    std::error_code failure;
    const auto bytes = static_cast<std::streamoff>(fs::file_size(path, failure));
    if (failure) return "";
    std::ifstream file(path, std::ios::binary);
    Hash hash;
    std::array<char, kEnds> end{};
    for (const std::streamoff from :
         {std::streamoff{0}, std::max<std::streamoff>(0, bytes - kEnds)}) {
        file.clear();
        file.seekg(from);
        file.read(end.data(), end.size());
        hash.add({end.data(), static_cast<size_t>(file.gcount())});
    }
    return fmt::format("{} bytes, {}", bytes, hash.text());
}

/// Of many pictures, names, sizes and times.
std::string identity_of_pictures(const std::string& spec) {
    Hash hash;
    const PictureList list = list_pictures(spec);
    for (const ListedPicture& picture : list.pictures) {
        std::error_code hole;
        const uintmax_t bytes = fs::file_size(picture.path, hole);
        const auto time = fs::last_write_time(picture.path, hole).time_since_epoch().count();
        hash.add(fmt::format("{} {} {}\n", picture.path, bytes, time));
    }
    return fmt::format("{} pictures, {}", list.pictures.size(), hash.text());
}

std::string identity_of(const std::string& spec) {
    std::error_code ignored;
    if (fs::is_regular_file(spec, ignored))
        return fmt::format("{}, {}", spec, identity_of_file(spec));
    if (names_pictures(spec)) return fmt::format("{}, {}", spec, identity_of_pictures(spec));
    return spec;
}

/// By their first frames alone: what else is said of them is no part of the job.
std::string shots_fact(const std::vector<Shot>& shots) {
    if (shots.empty()) return "";
    Hash hash;
    for (const Shot& shot : shots) hash.add(fmt::format("{}\n", shot.first));
    return fmt::format("{}, {}", shots.size(), hash.text());
}

std::string hash_of(const std::string& text) {
    if (text.empty()) return "";
    Hash hash;
    hash.add(text);
    return hash.text();
}

/// What decides the bytes, in the order in which a user would look for what has changed.
void require_same_job(Journal& journal, const GlobalOptions& globals, const JobOptions& options,
                      const OpenJob& job) {
    journal.require_same("the input", identity_of(options.input));
    journal.require_same("--second", options.second.empty() ? "" : identity_of(options.second));
    if (const TakeOptions& take = options.take; !take.path.empty()) {
        journal.require_same("the take", identity_of(take.path));
        journal.require_same("--iterations", std::to_string(take.finer));
        journal.require_same("--in-time", take.in_time ? "on" : "off");
        for (const std::string& key : job.play->by_hand)
            journal.require_same("held " + key, get_param(job.play->held, key));
    }
    for (const ParamInfo& info : kParams)
        journal.require_same(std::string(info.key), get_param(job.schedule.base(), info.key));
    journal.require_same("what moves by itself", hash_of(job.schedule.timeline()));
    journal.require_same("the size", fmt::format("{}x{}", job.size.width, job.size.height));
    journal.require_same("--fps", options.fps);
    journal.require_same("the frame rate",
                         fmt::format("{}/{}", job.to.frame_rate.num, job.to.frame_rate.den));
    journal.require_same("--start", options.start);
    journal.require_same("--duration", options.duration);
    journal.require_same("--sound", options.sound.empty() ? "" : identity_of(options.sound));
    journal.require_same("the shots", shots_fact(job.shots));
    journal.require_same("--loop", options.loop ? "on" : "off");
    journal.require_same("--background", options.background);
    journal.require_same("--keep-interlaced", options.keep_interlaced ? "on" : "off");
    journal.require_same("--codec", options.output.codec);
    journal.require_same("--quality", std::to_string(options.output.quality));
    journal.require_same("--bits", std::to_string(options.output.bits));
    journal.require_same("--memory-mb", std::to_string(globals.memory_mb));
    const Network& network = *job.runtime.network;
    journal.require_same("the network", job.network_hash);
    journal.require_same("the precision", precision_name(network));
    journal.require_same("the device", name_of(job.runtime.device->info()));
    journal.require_same("the version", fmt::format("{}, {}", REVERIE_VERSION, libav_versions()));
}

/// Why this job cannot be taken up; "": it can.
std::string obstacle(const JobOptions& options, const OpenJob& job) {
    const SinkKind* kind = find_sink_kind(options.output.path);
    if (kind == nullptr || !kind->resumes)
        return fmt::format("{} cannot be taken up; a video file and numbered pictures can",
                           options.output.path);
    // Its last frame may be written twice, by whoever has encoded it.
    if ((options.shots.only > 0 || options.shots.join) && options.output.path.ends_with(".avi"))
        return "an .avi cannot be joined; an .mkv can";
    if (!job.to.many) return "there is one picture only";
    if (options.take.path.empty() && source_kind_of(options.input).comes_later)
        return fmt::format("{} cannot be read once more from its beginning; a file can",
                           options.input);
    if (!options.second.empty() && source_kind_of(options.second).comes_later)
        return fmt::format("--second {} cannot be read once more from its beginning; a file can",
                           options.second);
    return "";
}

}  // namespace

void note_choices(Journal& journal, const Device& device) {
    for (const auto& [name, way] : device.conv_choices()) journal.set(kConvolution + name, way);
}

ConvChoices choices_in(const Journal::Facts& facts) {
    ConvChoices choices;
    for (const auto& [name, way] : facts)
        if (name.starts_with(kConvolution)) choices[name.substr(kConvolution.size())] = way;
    return choices;
}

ConvChoices kept_choices(const JobOptions& options) {
    if (!options.output.resume) return {};
    const std::optional<Journal::State> state = Journal::kept_for(journal_of(options));
    return state ? choices_in(state->facts) : ConvChoices();
}

std::string name_of(const DeviceInfo& device) {
    return fmt::format("{} ({})", device.name, device.instructions);
}

int64_t frames_of_segment(Size size, DeviceKind device) {
    constexpr double kLongest = 120, kShortest = 24;
    constexpr double kPixels =
        kLongest * 640 * 360;  // that two cores dream in a quarter of a minute
    if (device != DeviceKind::cpu) return static_cast<int64_t>(kLongest);
    const double pixels = static_cast<double>(size.width) * size.height;
    return static_cast<int64_t>(std::clamp(std::round(kPixels / pixels), kShortest, kLongest));
}

std::unique_ptr<Journal> open_journal(const GlobalOptions& globals, const JobOptions& options,
                                      OpenJob& job) {
    const std::string output = journal_of(options);
    const bool in_parts = options.shots.only > 0 || options.shots.join;
    if (const std::string why = obstacle(options, job); !why.empty()) {
        if (options.output.resume || in_parts)
            throw UsageError((in_parts ? "--shot, --join: " : "--resume: ") + why);
        return nullptr;
    }
    const std::string interrupted = Journal::interrupted(output);
    if (options.output.resume && interrupted.empty())
        job.runtime.trouble.push_back(
            fmt::format("'{}' has no checkpoint: it begins at its first frame", output));
    if (!options.output.resume && !interrupted.empty()) {
        if (!options.output.overwrite) throw Error(interrupted + "; --overwrite begins anew");
        job.runtime.trouble.push_back(interrupted + "; it begins anew, as --overwrite says");
        Journal::drop(output);
    }
    if (options.output.checkpoint_s == 0.0 && !options.output.resume && !in_parts) return nullptr;
    const std::string& path = options.output.path;
    require_writable(is_numbered(path) ? numbered_file(path, job.to.first_number) : path);
    auto journal = std::make_unique<Journal>(JournalOptions{
        output, globals.command, options.output.checkpoint_s, options.output.resume});
    require_same_job(*journal, globals, options, job);
    job.to.packet_log = journal->packet_log();
    if (options.shots.join) {
        const std::string note = join_parts(output, job.shots, *journal);
        if (!note.empty()) job.runtime.trouble.push_back(note);
    }
    if (const Checkpoint* from = journal->resumed()) {
        job.to.resumed_bytes = from->log_bytes;
        if (journal->is_left_over(output)) job.to.overwrite = true;
    }
    return journal;
}

}  // namespace reverie
