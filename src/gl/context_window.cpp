// The window: GLFW. Events are kept as they come and handed out by poll().
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <fmt/format.h>
#include <glad/gl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "src/gl/context.h"
#include "src/gl/x_display.h"
#include "src/util/error.h"

namespace reverie {
namespace {

std::string last_glfw_error() {
    const char* text = nullptr;
    if (glfwGetError(&text) == GLFW_NO_ERROR || text == nullptr) return "no reason given";
    return one_line(text);
}

/// GLFW itself, as long as anyone needs it.
class GlfwLibrary {
  public:
    static std::shared_ptr<GlfwLibrary> get() {
        static std::weak_ptr<GlfwLibrary> present;
        if (std::shared_ptr<GlfwLibrary> library = present.lock()) return library;
        auto library = std::make_shared<GlfwLibrary>();
        present = library;
        return library;
    }
    GlfwLibrary() {
        if (glfwInit() != GLFW_TRUE) {
            throw Error(fmt::format(
                "no display ({}): set DISPLAY to the one to use, or run live with --headless",
                last_glfw_error()));
        }
        outlive_display();
    }
    ~GlfwLibrary() { glfwTerminate(); }
    GlfwLibrary(const GlfwLibrary&) = delete;
    GlfwLibrary& operator=(const GlfwLibrary&) = delete;
};

std::vector<GLFWmonitor*> monitors() {
    int count = 0;
    GLFWmonitor** list = glfwGetMonitors(&count);
    return {list, list + count};
}

/// Null if there is no monitor, or the display is gone.
const GLFWvidmode* mode_of(GLFWmonitor* monitor) {
    return monitor != nullptr && display_answers() ? glfwGetVideoMode(monitor) : nullptr;
}

MonitorInfo info_of(GLFWmonitor* monitor, int number) {
    MonitorInfo info;
    info.number = number;
    info.name = glfwGetMonitorName(monitor);
    if (const GLFWvidmode* mode = mode_of(monitor)) {
        info.size = {mode->width, mode->height};
        info.refresh_hz = mode->refreshRate;
        glfwGetMonitorPos(monitor, &info.x, &info.y);
    }
    float scale_y = 1;
    glfwGetMonitorContentScale(monitor, &info.scale, &scale_y);
    return info;
}

Key key_of_letter(const char* name) {
    if (name == nullptr || name[0] < 'a' || name[0] > 'z' || name[1] != '\0') return Key::unknown;
    return static_cast<Key>(static_cast<int>(Key::a) + (name[0] - 'a'));
}

Key key_of(int key, int scancode) {
    if (const Key letter = key_of_letter(glfwGetKeyName(key, scancode)); letter != Key::unknown)
        return letter;
    if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z)
        return static_cast<Key>(static_cast<int>(Key::a) + key - GLFW_KEY_A);
    if (key >= GLFW_KEY_0 && key <= GLFW_KEY_9)
        return static_cast<Key>(static_cast<int>(Key::digit0) + key - GLFW_KEY_0);
    if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_9)
        return static_cast<Key>(static_cast<int>(Key::digit0) + key - GLFW_KEY_KP_0);
    if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12)
        return static_cast<Key>(static_cast<int>(Key::f1) + key - GLFW_KEY_F1);
    static constexpr auto kOthers = std::to_array<std::pair<int, Key>>({
        {GLFW_KEY_TAB, Key::tab},
        {GLFW_KEY_LEFT, Key::left},
        {GLFW_KEY_RIGHT, Key::right},
        {GLFW_KEY_UP, Key::up},
        {GLFW_KEY_DOWN, Key::down},
        {GLFW_KEY_PAGE_UP, Key::page_up},
        {GLFW_KEY_PAGE_DOWN, Key::page_down},
        {GLFW_KEY_HOME, Key::home},
        {GLFW_KEY_END, Key::end},
        {GLFW_KEY_INSERT, Key::insert},
        {GLFW_KEY_DELETE, Key::del},
        {GLFW_KEY_BACKSPACE, Key::backspace},
        {GLFW_KEY_SPACE, Key::space},
        {GLFW_KEY_ENTER, Key::enter},
        {GLFW_KEY_KP_ENTER, Key::enter},
        {GLFW_KEY_ESCAPE, Key::escape},
        {GLFW_KEY_LEFT_BRACKET, Key::left_bracket},
        {GLFW_KEY_RIGHT_BRACKET, Key::right_bracket},
        {GLFW_KEY_MINUS, Key::minus},
        {GLFW_KEY_KP_SUBTRACT, Key::minus},
        {GLFW_KEY_EQUAL, Key::equal},
        {GLFW_KEY_KP_ADD, Key::equal},
        {GLFW_KEY_COMMA, Key::comma},
        {GLFW_KEY_PERIOD, Key::period},
        {GLFW_KEY_SLASH, Key::slash},
    });
    for (const auto& [theirs, ours] : kOthers) {
        if (theirs == key) return ours;
    }
    return Key::unknown;
}

Modifiers modifiers_of(int mods) {
    return {(mods & GLFW_MOD_CONTROL) != 0, (mods & GLFW_MOD_SHIFT) != 0,
            (mods & GLFW_MOD_ALT) != 0};
}

/// As they are held now: what GLFW says of a key was so before it.
Modifiers held_modifiers(GLFWwindow* window) {
    const auto either = [&](int left, int right) {
        return glfwGetKey(window, left) == GLFW_PRESS || glfwGetKey(window, right) == GLFW_PRESS;
    };
    return {either(GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL),
            either(GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT),
            either(GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT)};
}

bool is_modifier(int key) { return key >= GLFW_KEY_LEFT_SHIFT && key <= GLFW_KEY_RIGHT_SUPER; }

class WindowContext final : public Context {
  public:
    explicit WindowContext(const WindowOptions& options);
    ~WindowContext() override { glfwDestroyWindow(window_); }
    WindowContext(const WindowContext&) = delete;
    WindowContext& operator=(const WindowContext&) = delete;

    void make_current() override {
        if (glfwGetCurrentContext() != window_) glfwMakeContextCurrent(window_);
    }
    void bind() override {
        make_current();
        glBindFramebuffer(GL_FRAMEBUFFER, 0);
        const Size now = size();
        glViewport(0, 0, now.width, now.height);
    }
    void present() override { glfwSwapBuffers(window_); }
    Size size() const override {
        Size now;
        glfwGetFramebufferSize(window_, &now.width, &now.height);
        return now;
    }
    float scale() const override {
        float x = 1, y = 1;
        glfwGetWindowContentScale(window_, &x, &y);
        return x;
    }
    std::vector<InputEvent> poll() override {
        glfwPollEvents();
        return std::exchange(events_, {});
    }
    bool closed() const override {
        return display_lost() || glfwWindowShouldClose(window_) == GLFW_TRUE;
    }
    bool set_fullscreen(bool on, std::optional<int> number) override;
    bool fullscreen() const override { return glfwGetWindowMonitor(window_) != nullptr; }
    /// Asks once a second: each answer takes several ways to the X server and back.
    int refresh_hz() const override {
        const auto now = std::chrono::steady_clock::now();
        if (now < ask_again_) return refresh_hz_;
        ask_again_ = now + std::chrono::seconds(1);
        const GLFWvidmode* mode = mode_of(nearest_monitor());
        return refresh_hz_ = mode == nullptr ? 0 : mode->refreshRate;
    }
    void show_pointer(bool visible) override {
        glfwSetInputMode(window_, GLFW_CURSOR, visible ? GLFW_CURSOR_NORMAL : GLFW_CURSOR_HIDDEN);
    }
    std::string clipboard() override {
        const char* text = glfwGetClipboardString(window_);
        return text == nullptr ? "" : text;
    }
    void set_clipboard(const std::string& text) override {
        glfwSetClipboardString(window_, text.c_str());
    }
    GLFWwindow* handle() const { return window_; }

  private:
    static WindowContext& of(GLFWwindow* window) {
        return *static_cast<WindowContext*>(glfwGetWindowUserPointer(window));
    }
    void listen();
    GLFWmonitor* nearest_monitor() const;

    std::shared_ptr<GlfwLibrary> library_ = GlfwLibrary::get();
    GLFWwindow* window_ = nullptr;
    std::vector<InputEvent> events_;
    /// Place and size on the desktop, to come back to from the full screen.
    int x_ = 0, y_ = 0, width_ = 0, height_ = 0;
    mutable std::chrono::steady_clock::time_point ask_again_;
    mutable int refresh_hz_ = 0;
};

GLFWmonitor* wanted_monitor(const WindowOptions& options) {
    if (!options.monitor) return glfwGetPrimaryMonitor();
    const std::vector<GLFWmonitor*> all = monitors();
    const int number = *options.monitor;
    require(number >= 1 && number <= static_cast<int>(all.size()),
            fmt::format("there is no monitor {}: {} connected; reverie list monitors shows them",
                        number, all.size()));
    return all[static_cast<size_t>(number - 1)];
}

WindowContext::WindowContext(const WindowOptions& options)
    : width_(options.size.width), height_(options.size.height) {
    glfwDefaultWindowHints();
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    // Pictures have no depth: drivers that draw in software are twice as fast without one.
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    // A full-screen window on a projector stays there while the other window is used.
    glfwWindowHint(GLFW_AUTO_ICONIFY, GLFW_FALSE);
    GLFWmonitor* monitor = wanted_monitor(options);
    Size size = options.size;
    const GLFWvidmode* mode = options.fullscreen ? mode_of(monitor) : nullptr;
    if (mode != nullptr) {
        size = {mode->width, mode->height};
        glfwWindowHint(GLFW_REFRESH_RATE, mode->refreshRate);
    }
    const auto* shared = dynamic_cast<WindowContext*>(options.shared);
    window_ = glfwCreateWindow(size.width, size.height, options.title.c_str(),
                               options.fullscreen ? monitor : nullptr,
                               shared == nullptr ? nullptr : shared->handle());
    if (window_ == nullptr) {
        throw Error(fmt::format(
            "no window with OpenGL 3.3 ({}); run with --headless, or install the graphics driver",
            last_glfw_error()));
    }
    if (monitor != nullptr && display_answers()) {
        glfwGetMonitorPos(monitor, &x_, &y_);
        if (!options.fullscreen && options.monitor) glfwSetWindowPos(window_, x_, y_);
    }
    glfwMakeContextCurrent(window_);
    if (gladLoadGL(glfwGetProcAddress) == 0) {
        glfwDestroyWindow(window_);
        throw Error(
            "OpenGL 3.3 cannot be loaded; run with --headless, or install the graphics driver");
    }
    glfwSwapInterval(options.vsync ? 1 : 0);
    listen();
}

void WindowContext::listen() {
    glfwSetWindowUserPointer(window_, this);
    glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int act, int mods) {
        of(w).events_.emplace_back(
            KeyEvent{key_of(key, scancode), act != GLFW_RELEASE, act == GLFW_REPEAT,
                     is_modifier(key) ? held_modifiers(w) : modifiers_of(mods)});
    });
    glfwSetCharCallback(window_, [](GLFWwindow* w, unsigned int code_point) {
        of(w).events_.emplace_back(TextEvent{code_point});
    });
    glfwSetCursorPosCallback(window_, [](GLFWwindow* w, double x, double y) {
        // The window system counts in its own points: the frame buffer may have more.
        int width = 1, height = 1;
        glfwGetWindowSize(w, &width, &height);
        const Size pixels = of(w).size();
        of(w).events_.emplace_back(
            PointerEvent{static_cast<float>(x * pixels.width / std::max(width, 1)),
                         static_cast<float>(y * pixels.height / std::max(height, 1))});
    });
    glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int act, int mods) {
        of(w).events_.emplace_back(ButtonEvent{button, act == GLFW_PRESS, modifiers_of(mods)});
    });
    glfwSetScrollCallback(window_, [](GLFWwindow* w, double dx, double dy) {
        of(w).events_.emplace_back(
            ScrollEvent{static_cast<float>(dx), static_cast<float>(dy), held_modifiers(w)});
    });
    glfwSetWindowFocusCallback(window_, [](GLFWwindow* w, int focused) {
        if (focused == GLFW_FALSE) of(w).events_.emplace_back(FocusLostEvent{});
    });
    glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** paths) {
        of(w).events_.emplace_back(DropEvent{{paths, paths + count}});
    });
}

GLFWmonitor* WindowContext::nearest_monitor() const {
    if (GLFWmonitor* own = glfwGetWindowMonitor(window_)) return own;
    int x = 0, y = 0, width = 0, height = 0;
    glfwGetWindowPos(window_, &x, &y);
    glfwGetWindowSize(window_, &width, &height);
    GLFWmonitor* best = glfwGetPrimaryMonitor();
    int64_t most = 0;
    for (GLFWmonitor* monitor : monitors()) {
        const MonitorInfo info = info_of(monitor, 0);
        const int64_t w = std::min(x + width, info.x + info.size.width) - std::max(x, info.x);
        const int64_t h = std::min(y + height, info.y + info.size.height) - std::max(y, info.y);
        const int64_t common = std::max<int64_t>(w, 0) * std::max<int64_t>(h, 0);
        if (common > most) {
            most = common;
            best = monitor;
        }
    }
    return best;
}

bool WindowContext::set_fullscreen(bool on, std::optional<int> number) {
    if (!on) {
        if (fullscreen()) glfwSetWindowMonitor(window_, nullptr, x_, y_, width_, height_, 0);
        return true;
    }
    GLFWmonitor* monitor = nearest_monitor();
    if (number) {
        const std::vector<GLFWmonitor*> all = monitors();
        const bool there = *number >= 1 && *number <= static_cast<int>(all.size());
        monitor = there ? all[static_cast<size_t>(*number - 1)] : glfwGetPrimaryMonitor();
    }
    const GLFWvidmode* mode = mode_of(monitor);
    if (mode == nullptr) return false;
    if (!fullscreen()) {
        glfwGetWindowPos(window_, &x_, &y_);
        glfwGetWindowSize(window_, &width_, &height_);
    }
    glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
    return true;
}

}  // namespace

std::vector<MonitorInfo> list_monitors() {
    const std::shared_ptr<GlfwLibrary> library = GlfwLibrary::get();
    std::vector<MonitorInfo> infos;
    for (GLFWmonitor* monitor : monitors())
        infos.push_back(info_of(monitor, static_cast<int>(infos.size()) + 1));
    return infos;
}

std::unique_ptr<Context> open_window(const WindowOptions& options) {
    require(options.size.width > 0 && options.size.height > 0,
            "a window of at least one pixel is needed");
    return std::make_unique<WindowContext>(options);
}

}  // namespace reverie
