#include "src/gl/x_display.h"

#include <dlfcn.h>

#include <atomic>

namespace reverie {
namespace {

std::atomic<bool> lost{false};
void* shown_on = nullptr;  // the display, if it is an X server's

// As <X11/Xlib.h> declares them: GLFW loads libX11 at run time, and so the program is not linked to
// it.
extern "C" int say_nothing(void* /*display*/) { return 0; }
extern "C" void note_lost_display(void* /*display*/, void* /*data*/) { lost.store(true); }
using SetErrorHandler = void* (*)(int (*)(void*));
using SetExitHandler = void (*)(void* display, void (*)(void*, void*), void* data);
using GetDisplay = void* (*)();
using Sync = int (*)(void* display, int discard);
Sync sync = nullptr;

template <typename Function>
Function function_of(void* library, const char* name) {
    return reinterpret_cast<Function>(::dlsym(library, name));
}

}  // namespace

void outlive_display() {
    const auto get_display = function_of<GetDisplay>(RTLD_DEFAULT, "glfwGetX11Display");
    void* xlib = ::dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (get_display == nullptr || xlib == nullptr) return;
    void* display = get_display();
    const auto set_exit = function_of<SetExitHandler>(xlib, "XSetIOErrorExitHandler");
    const auto set_error = function_of<SetErrorHandler>(xlib, "XSetIOErrorHandler");
    if (display == nullptr || set_exit == nullptr || set_error == nullptr) return;
    set_error(say_nothing);  // the usual one ends the program before the other is asked
    set_exit(display, note_lost_display, nullptr);
    shown_on = display;
    sync = function_of<Sync>(xlib, "XSync");
}

bool display_answers() {
    if (!lost && shown_on != nullptr && sync != nullptr) sync(shown_on, 0);
    return !lost;
}

bool display_lost() { return lost.load(); }

}  // namespace reverie
