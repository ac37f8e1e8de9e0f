// Where OpenGL 3.3 (core profile) draws: a window, or, for tests and servers, a frame buffer
// without any screen. All of it belongs to the main thread, as the window system asks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/gl/input.h"
#include "src/util/size.h"

namespace reverie {

/// An 8-bit picture in host memory, RGBA, packed, the upper row first.
struct Picture8 {
    Size size;
    std::vector<uint8_t> rgba;
};

struct MonitorInfo {
    int number = 1;  ///< as --monitor counts, from 1; 1 is the primary one
    std::string name;
    int x = 0;  ///< place on the desktop
    int y = 0;
    Size size;
    int refresh_hz = 0;
    float scale = 1;  ///< what the desktop asks for: 1 is 96 dots an inch
};

/// The monitors that are connected now. Throws Error where there is no display.
std::vector<MonitorInfo> list_monitors();

class Context;

struct WindowOptions {
    std::string title = "Reverie";
    Size size{1280, 720};        ///< of the window where it is not full-screen, in pixels
    std::optional<int> monitor;  ///< MonitorInfo::number; none: where the desktop puts it
    bool fullscreen = false;     ///< on `monitor`, or on the primary one
    bool vsync = true;
    Context* shared = nullptr;  ///< a window that shares its textures with this one
};

class Context {
  public:
    virtual ~Context() = default;
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    /// OpenGL calls of this thread go to this context from now on.
    virtual void make_current() = 0;
    /// Makes current, and lets what is drawn next go to the whole frame buffer of size().
    virtual void bind() = 0;
    /// Shows what was drawn. A window with vsync waits for the display.
    virtual void present() = 0;
    /// Of the frame buffer, in pixels; {0, 0} while the window is minimised.
    virtual Size size() const = 0;
    /// What the monitor that the window is on asks for: 1 is 96 dots an inch.
    virtual float scale() const = 0;
    /// What happened to this window since the last call. Every window asks the window system for
    /// all.
    virtual std::vector<InputEvent> poll() = 0;
    /// The user has closed the window, or the display is gone (display_lost()).
    virtual bool closed() const = 0;

    /// Onto monitor `number` (none: the one that most of the window is on), or back into a window.
    /// A monitor that is gone is the primary one. False where there is no window.
    virtual bool set_fullscreen(bool on, std::optional<int> number = {}) = 0;
    virtual bool fullscreen() const = 0;
    /// Frames a second that the display shows; 0: not known.
    virtual int refresh_hz() const = 0;
    virtual void show_pointer(bool visible) = 0;
    virtual std::string clipboard() = 0;
    virtual void set_clipboard(const std::string& text) = 0;

    /// What is in the frame buffer: after drawing, before present(). Waits for the drawing.
    Picture8 read_back();
    /// "4.5 (Core Profile) Mesa 22.3.6, llvmpipe": for doctor and logs.
    std::string description();
};

/// Opens a window. Throws Error in one line, which names --headless, where there is no display or
/// no OpenGL 3.3, and for a monitor that is not there.
std::unique_ptr<Context> open_window(const WindowOptions& options);

/// A frame buffer of that size without any screen, by EGL. Throws Error in one line where the
/// machine cannot.
std::unique_ptr<Context> open_headless(Size size);

}  // namespace reverie
