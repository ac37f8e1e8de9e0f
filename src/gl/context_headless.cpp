// A frame buffer without any screen: EGL, surfaceless where Mesa is, or on the first device that
// takes it.
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <fmt/format.h>
#include <glad/gl.h>

#include <vector>

#include "src/gl/context.h"
#include "src/gl/texture.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// Displays that need no screen, the likeliest first.
std::vector<EGLDisplay> screenless_displays() {
    std::vector<EGLDisplay> displays;
    const auto get_display = reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(
        eglGetProcAddress("eglGetPlatformDisplayEXT"));
    if (get_display == nullptr) return displays;
    displays.push_back(get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr));
    const auto query =
        reinterpret_cast<PFNEGLQUERYDEVICESEXTPROC>(eglGetProcAddress("eglQueryDevicesEXT"));
    constexpr int kMost = 16;
    EGLDeviceEXT devices[kMost] = {};
    EGLint count = 0;
    if (query != nullptr && query(kMost, devices, &count) == EGL_TRUE) {
        for (int i = 0; i < count; ++i)
            displays.push_back(get_display(EGL_PLATFORM_DEVICE_EXT, devices[i], nullptr));
    }
    std::erase(displays, EGL_NO_DISPLAY);
    return displays;
}

EGLContext make_context(EGLDisplay display) {
    if (eglInitialize(display, nullptr, nullptr) == EGL_FALSE) return EGL_NO_CONTEXT;
    if (eglBindAPI(EGL_OPENGL_API) == EGL_FALSE) return EGL_NO_CONTEXT;
    const EGLint wanted[] = {EGL_CONTEXT_MAJOR_VERSION,
                             3,
                             EGL_CONTEXT_MINOR_VERSION,
                             3,
                             EGL_CONTEXT_OPENGL_PROFILE_MASK,
                             EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                             EGL_NONE};
    EGLContext context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, wanted);
    if (context == EGL_NO_CONTEXT) return context;
    if (eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context) == EGL_TRUE)
        return context;
    eglDestroyContext(display, context);
    return EGL_NO_CONTEXT;
}

class HeadlessContext final : public Context {
  public:
    explicit HeadlessContext(Size size) : size_(size) {
        for (EGLDisplay display : screenless_displays()) {
            context_ = make_context(display);
            display_ = display;
            if (context_ != EGL_NO_CONTEXT) break;
        }
        if (context_ == EGL_NO_CONTEXT || gladLoadGL(eglGetProcAddress) == 0) {
            throw Error(
                "OpenGL 3.3 cannot be had without a screen here (EGL); try another driver, or "
                "install libgl1-mesa-dri");
        }
        color_ = Texture(size, TextureFormat::bgra8);
        glGenFramebuffers(1, &frame_buffer_);
        glBindFramebuffer(GL_FRAMEBUFFER, frame_buffer_);
        glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, color_.id(), 0);
        require(glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE,
                fmt::format("a frame buffer of {}x{} cannot be had here", size.width, size.height));
        bind();
    }

    // The display is left as it is: it is the process's, and other contexts may be on it.
    ~HeadlessContext() override {
        HeadlessContext::make_current();
        glDeleteFramebuffers(1, &frame_buffer_);
        color_ = Texture();
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        eglDestroyContext(display_, context_);
    }
    HeadlessContext(const HeadlessContext&) = delete;
    HeadlessContext& operator=(const HeadlessContext&) = delete;

    void make_current() override {
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_);
    }
    void bind() override {
        make_current();
        glBindFramebuffer(GL_FRAMEBUFFER, frame_buffer_);
        glViewport(0, 0, size_.width, size_.height);
    }
    void present() override { glFinish(); }
    Size size() const override { return size_; }
    float scale() const override { return 1; }
    std::vector<InputEvent> poll() override { return {}; }
    bool closed() const override { return false; }
    bool set_fullscreen(bool /*on*/, std::optional<int> /*number*/) override { return false; }
    bool fullscreen() const override { return false; }
    int refresh_hz() const override { return 0; }
    void show_pointer(bool /*visible*/) override {}
    std::string clipboard() override { return clipboard_; }
    void set_clipboard(const std::string& text) override { clipboard_ = text; }

  private:
    Size size_;
    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
    uint32_t frame_buffer_ = 0;
    Texture color_;  ///< kept as a window's colours are
    std::string clipboard_;
};

}  // namespace

std::unique_ptr<Context> open_headless(Size size) {
    require(size.width > 0 && size.height > 0, "a frame buffer of at least one pixel is needed");
    return std::make_unique<HeadlessContext>(size);
}

}  // namespace reverie
