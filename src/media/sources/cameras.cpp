#include "src/media/sources/cameras.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>

#include "src/media/pattern.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kHighestNumber = 63;
constexpr int kCameraWidth = 1280, kCameraHeight = 720;
constexpr int kUsualFps = 30;

struct FormatName {
    uint32_t fourcc;
    const char* name;
};

/// The formats whose samples libav can pass on unchanged, and JPEG.
constexpr std::array<FormatName, 12> kFormats{{{V4L2_PIX_FMT_YUYV, "yuyv422"},
                                               {V4L2_PIX_FMT_UYVY, "uyvy422"},
                                               {V4L2_PIX_FMT_NV12, "nv12"},
                                               {V4L2_PIX_FMT_NV21, "nv21"},
                                               {V4L2_PIX_FMT_YUV420, "yuv420p"},
                                               {V4L2_PIX_FMT_YUV422P, "yuv422p"},
                                               {V4L2_PIX_FMT_RGB24, "rgb24"},
                                               {V4L2_PIX_FMT_BGR24, "bgr24"},
                                               {V4L2_PIX_FMT_BGR32, "bgr0"},
                                               {V4L2_PIX_FMT_GREY, "gray"},
                                               {V4L2_PIX_FMT_MJPEG, "mjpeg"},
                                               {V4L2_PIX_FMT_JPEG, "mjpeg"}}};

/// A device that is opened for queries, not for pictures.
class Query {
  public:
    explicit Query(const std::string& device)
        : fd_(::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)), error_(errno) {}
    ~Query() {
        if (fd_ >= 0) ::close(fd_);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    bool open() const { return fd_ >= 0; }
    int error() const { return error_; }
    template <class T>
    bool ask(unsigned long request, T& question) const {
        int status = 0;
        do {
            status = ::ioctl(fd_, request, &question);
        } while (status < 0 && errno == EINTR);
        return status >= 0;
    }

  private:
    int fd_;
    int error_;
};

template <size_t N>
std::string text_of(const __u8 (&field)[N]) {
    const auto* text = reinterpret_cast<const char*>(field);
    return one_line({text, ::strnlen(text, N)});
}

int on_step(uint32_t wanted, uint32_t lowest, uint32_t highest, uint32_t step) {
    const uint32_t within = std::clamp(wanted, lowest, highest);
    return static_cast<int>(within - (within - lowest) % std::max(1U, step));
}

/// The sizes of one format.
std::set<std::pair<int, int>> sizes_of(const Query& query, uint32_t fourcc,
                                       const CameraWish& wish) {
    std::set<std::pair<int, int>> sizes;
    v4l2_frmsizeenum size{};
    size.pixel_format = fourcc;
    for (; query.ask(VIDIOC_ENUM_FRAMESIZES, size); ++size.index) {
        if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
            sizes.emplace(size.discrete.width, size.discrete.height);
            continue;
        }
        const v4l2_frmsize_stepwise& range = size.stepwise;
        std::vector<std::pair<uint32_t, uint32_t>> tried{
            {640, 360}, {640, 480}, {1280, 720}, {1920, 1080}};
        if (wish.width > 0 && wish.height > 0) tried.emplace_back(wish.width, wish.height);
        for (const auto& [width, height] : tried) {
            sizes.emplace(on_step(width, range.min_width, range.max_width, range.step_width),
                          on_step(height, range.min_height, range.max_height, range.step_height));
        }
        break;
    }
    return sizes;
}

/// The rates of one format at one size, in frames a second; empty if the driver does not say.
std::vector<Rational> rates_of(const Query& query, uint32_t fourcc, int width, int height,
                               const CameraWish& wish) {
    std::vector<Rational> rates;
    v4l2_frmivalenum interval{};
    interval.pixel_format = fourcc;
    interval.width = static_cast<uint32_t>(width);
    interval.height = static_cast<uint32_t>(height);
    const auto add = [&rates](const v4l2_fract& seconds) {
        const Rational fps{static_cast<int>(seconds.denominator),
                           static_cast<int>(seconds.numerator)};
        if (fps.known()) rates.push_back(fps);
    };
    for (; query.ask(VIDIOC_ENUM_FRAMEINTERVALS, interval); ++interval.index) {
        if (interval.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
            add(interval.discrete);
            continue;
        }
        add(interval.stepwise.min);
        const Rational wanted = wish.fps.known() ? wish.fps : Rational{kUsualFps, 1};
        if (!rates.empty() && wanted.value() < rates.back().value()) rates.push_back(wanted);
        break;
    }
    return rates;
}

std::vector<CameraMode> modes_of(const Query& query, const CameraWish& wish) {
    std::vector<CameraMode> modes;
    v4l2_fmtdesc description{};
    description.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    for (; query.ask(VIDIOC_ENUM_FMT, description); ++description.index) {
        const auto* known = std::find_if(kFormats.begin(), kFormats.end(), [&](const auto& f) {
            return f.fourcc == description.pixelformat;
        });
        if (known == kFormats.end()) continue;
        for (const auto& [width, height] : sizes_of(query, known->fourcc, wish)) {
            std::vector<Rational> rates = rates_of(query, known->fourcc, width, height, wish);
            if (rates.empty()) rates.emplace_back();
            for (const Rational fps : rates) modes.push_back({known->name, width, height, fps});
        }
    }
    return modes;
}

/// None if the device is absent or captures no video (a UVC camera has a second device, for
/// metadata).
std::optional<CameraInfo> ask_camera(const std::string& device, const CameraWish& wish) {
    CameraInfo camera;
    camera.device = device;
    const Query query(device);
    if (!query.open()) {
        if (query.error() != EACCES && query.error() != EPERM && query.error() != EBUSY)
            return std::nullopt;
        camera.problem = camera_open_error(camera, query.error());
        return camera;
    }
    v4l2_capability capability{};
    if (!query.ask(VIDIOC_QUERYCAP, capability)) return std::nullopt;
    const uint32_t can = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0
                             ? capability.device_caps
                             : capability.capabilities;
    if ((can & V4L2_CAP_VIDEO_CAPTURE) == 0 || (can & V4L2_CAP_STREAMING) == 0) return std::nullopt;
    camera.name = text_of(capability.card);
    camera.bus = text_of(capability.bus_info);
    camera.modes = modes_of(query, wish);
    return camera;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool same(const CameraInfo& a, const CameraInfo& b) { return a.name == b.name && a.bus == b.bus; }

/// "camera:0" -> "0", "/dev/video2" as it is.
std::string wanted_part(const std::string& spec) {
    if (spec == "camera") return "";
    return spec.rfind("camera:", 0) == 0 ? spec.substr(7) : spec;
}

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 4 &&
           text.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<CameraInfo> by_spec(const std::string& spec, const std::vector<CameraInfo>& cameras) {
    const std::string wanted = wanted_part(spec);
    if (wanted.empty() || is_number(wanted)) {
        const size_t index = wanted.empty() ? 0 : std::stoul(wanted);
        if (index < cameras.size()) return cameras[index];
        return std::nullopt;
    }
    std::error_code ignored;
    const std::string device =
        wanted[0] == '/' ? std::filesystem::weakly_canonical(wanted, ignored).string() : wanted;
    for (const CameraInfo& camera : cameras) {
        const bool matches = wanted[0] == '/'
                                 ? camera.device == device || camera.device == wanted
                                 : lower(camera.name).find(lower(wanted)) != std::string::npos;
        if (matches) return camera;
    }
    return std::nullopt;
}

std::optional<CameraInfo> by_memory(const std::string& spec, const std::vector<CameraInfo>& cameras,
                                    const CameraMemory& memory) {
    std::vector<CameraInfo> candidates;
    for (const CameraInfo& camera : cameras) {
        if (same(camera, memory.self)) return camera;
        const bool other = std::any_of(memory.others.begin(), memory.others.end(),
                                       [&](const CameraInfo& o) { return same(o, camera); });
        if (!other) candidates.push_back(camera);
    }
    for (const CameraInfo& camera : candidates) {
        if (camera.name == memory.self.name) return camera;
    }
    // The position in the list has no meaning any more: the first new camera is taken.
    return by_spec(is_number(wanted_part(spec)) ? "camera" : spec, candidates);
}

double octaves(double value, double wanted) { return std::abs(std::log2(value / wanted)); }

double cost_of(const CameraMode& mode, const CameraWish& wish) {
    const bool sized = wish.width > 0 && wish.height > 0;
    const double width = sized ? wish.width : kCameraWidth;
    const double height = sized ? wish.height : kCameraHeight;
    const double wanted_fps = wish.fps.known() ? wish.fps.value() : kUsualFps;
    // 29.97 counts as 30.
    const double short_of = mode.fps.known() ? wanted_fps / mode.fps.value() : 1;
    const double rate = short_of > 1.01 ? 2 * std::log2(short_of) : -0.25 * std::log2(short_of);
    double cost = octaves(double{1} * mode.width * mode.height, width * height) +
                  octaves(double{1} * mode.width / mode.height, width / height) + rate;
    if (mode.format == "mjpeg") cost += 0.2;
    if (mode.format == "gray") cost += 1;
    return cost;
}

}  // namespace

std::vector<CameraInfo> list_cameras(const CameraWish& wish) {
    std::vector<CameraInfo> cameras;
    for (int number = 0; number <= kHighestNumber; ++number) {
        std::optional<CameraInfo> camera = ask_camera("/dev/video" + std::to_string(number), wish);
        if (camera) cameras.push_back(std::move(*camera));
    }
    return cameras;
}

bool is_camera(const std::string& spec) {
    return spec == "camera" || spec.rfind("camera:", 0) == 0 || spec.rfind("/dev/video", 0) == 0 ||
           spec.rfind("/dev/v4l/", 0) == 0;
}

CameraMode choose_camera_mode(const CameraInfo& camera, const CameraWish& wish) {
    const CameraMode* best = nullptr;
    std::set<std::string> formats;
    for (const CameraMode& mode : camera.modes) {
        formats.insert(mode.format);
        if (!wish.format.empty() && mode.format != wish.format) continue;
        if (best == nullptr || cost_of(mode, wish) < cost_of(*best, wish)) best = &mode;
    }
    if (best != nullptr) return *best;
    std::string offered;
    for (const std::string& format : formats) offered += (offered.empty() ? "" : ", ") + format;
    require(!formats.empty(), "cannot use the camera '" + camera.name + "' (" + camera.device +
                                  "): it offers no format that this program knows");
    throw UsageError("the camera '" + camera.name + "' has no format '" + wish.format +
                     "'; it offers " + offered);
}

CameraInfo find_camera(const std::string& spec, const std::vector<CameraInfo>& cameras,
                       const CameraMemory& memory) {
    const bool known = !memory.self.name.empty();
    const std::optional<CameraInfo> found =
        known ? by_memory(spec, cameras, memory) : by_spec(spec, cameras);
    if (found) {
        require(found->problem.empty(), found->problem);
        return *found;
    }
    require(!known, "the camera '" + memory.self.name + "' is not there; plug it in again");
    require(!cameras.empty(), "there is no camera '" + spec +
                                  "', nor any other; plug one in, or try " + usual_pattern());
    std::string names;
    for (size_t i = 0; i < cameras.size(); ++i) {
        names += (i > 0 ? ", camera:" : "camera:") + std::to_string(i) + " " + cameras[i].name;
    }
    throw Error("there is no camera '" + spec + "'; there is " + names);
}

std::string camera_open_error(const CameraInfo& camera, int error) {
    const std::string named = camera.name.empty()
                                  ? "the camera " + camera.device
                                  : "the camera '" + camera.name + "' (" + camera.device + ")";
    switch (error) {
        case EBUSY:
            return named + " is in use by another program; close it there";
        case EACCES:
        case EPERM:
            return named +
                   " may not be opened: no permission; join the group video (sudo usermod -aG "
                   "video $USER) and log in again";
        case ENOENT:
        case ENODEV:
        case ENXIO:
            return named + " is not there; plug it in again";
        default:
            return "cannot open " + named + ": " + std::strerror(error);
    }
}

}  // namespace reverie
