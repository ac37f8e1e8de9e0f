#include "src/ui/widgets/ui.h"

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

#include "src/ui/widgets/ui_style.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// The window that the design was drawn for is this high.
constexpr float kDesignHeight = 720;
/// Larger windows show more as well as larger: the scale grows more slowly than the window.
constexpr float kGrowth = 0.85F;

struct FontFiles {
    const char* regular;
    const char* medium;
};

/// Where Debian keeps legible fonts with digits of equal width; the first one that exists is taken.
constexpr FontFiles kFonts[] = {
    {"/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf",
     "/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf"},
    {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
     "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"},
};

float automatic_scale(Size size, float display_scale, float zoom) {
    const float by_height =
        std::pow(std::max(static_cast<float>(size.height) / kDesignHeight, 1.0F), kGrowth);
    const float scale = zoom * std::max(display_scale, by_height);
    // In steps, so that dragging a window's edge does not redraw all glyphs at every pixel.
    constexpr float kSteps = 8;
    return std::clamp(std::round(scale * kSteps) / kSteps, 0.5F, 8.0F);
}

void turn_over(ImDrawData& drawn) {
    const float height = drawn.DisplaySize.y;
    for (int i = 0; i < drawn.CmdListsCount; ++i) {
        ImDrawList& list = *drawn.CmdLists[i];
        for (ImDrawVert& vertex : list.VtxBuffer) vertex.pos.y = height - vertex.pos.y;
        for (ImDrawCmd& command : list.CmdBuffer) {
            const ImVec4 clip = command.ClipRect;
            command.ClipRect = ImVec4(clip.x, height - clip.w, clip.z, height - clip.y);
        }
    }
}

int index_of(Key key) { return static_cast<int>(key); }

void map_keys(ImGuiIO& io) {
    std::fill(std::begin(io.KeyMap), std::end(io.KeyMap), -1);
    const std::pair<ImGuiKey, Key> pairs[] = {
        {ImGuiKey_Tab, Key::tab},
        {ImGuiKey_LeftArrow, Key::left},
        {ImGuiKey_RightArrow, Key::right},
        {ImGuiKey_UpArrow, Key::up},
        {ImGuiKey_DownArrow, Key::down},
        {ImGuiKey_PageUp, Key::page_up},
        {ImGuiKey_PageDown, Key::page_down},
        {ImGuiKey_Home, Key::home},
        {ImGuiKey_End, Key::end},
        {ImGuiKey_Insert, Key::insert},
        {ImGuiKey_Delete, Key::del},
        {ImGuiKey_Backspace, Key::backspace},
        {ImGuiKey_Space, Key::space},
        {ImGuiKey_Enter, Key::enter},
        {ImGuiKey_Escape, Key::escape},
        {ImGuiKey_A, Key::a},
        {ImGuiKey_C, Key::c},
        {ImGuiKey_V, Key::v},
        {ImGuiKey_X, Key::x},
        {ImGuiKey_Y, Key::y},
        {ImGuiKey_Z, Key::z},
    };
    for (const auto& [theirs, ours] : pairs) io.KeyMap[theirs] = index_of(ours);
}

void take_modifiers(ImGuiIO& io, const Modifiers& modifiers) {
    io.KeyCtrl = modifiers.control;
    io.KeyShift = modifiers.shift;
    io.KeyAlt = modifiers.alt;
}

/// Whether an event has to wait for the next frame, because ImGui 1.86 sees only how things stand
/// at a frame's beginning: it would lose a button or key that changes twice, or take a press to be
/// where the pointer went afterwards.
class FrameGate {
  public:
    bool admits(const InputEvent& event) {
        if (const auto* button = std::get_if<ButtonEvent>(&event)) {
            return buttons_.insert(button->button).second;
        }
        if (std::holds_alternative<PointerEvent>(event)) return buttons_.empty();
        if (const auto* key = std::get_if<KeyEvent>(&event))
            return key->repeated || keys_.insert(key->key).second;
        return true;
    }

  private:
    std::set<int> buttons_;
    std::set<Key> keys_;
};

ImFont* add_font(const char* path, float size_px, bool fine, bool latin_only = false) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    // Latin, Greek and Cyrillic, for the names of files and cameras, and some signs.
    static const ImWchar kRanges[] = {0x20,   0x17F,  0x370,  0x52F,  0x2010, 0x2026, 0x2030,
                                      0x203A, 0x2190, 0x2193, 0x2212, 0x2212, 0};
    static const ImWchar kLatin[] = {0x20, 0x7E, 0};
    ImFontConfig config;
    config.OversampleH = fine ? 2 : 1;
    config.OversampleV = 1;
    config.PixelSnapH = !fine;
    if (path != nullptr)
        return atlas.AddFontFromFileTTF(path, std::round(size_px), &config,
                                        latin_only ? kLatin : kRanges);
    // The built-in one is a bitmap of 13 pixels: sharp at whole multiples alone.
    config = ImFontConfig();
    config.SizePixels = 13 * std::max(1.0F, std::round(size_px / 13));
    return atlas.AddFontDefault(&config);
}

}  // namespace

Ui::Ui(float zoom) : zoom_(zoom) {
    require(ImGui::GetCurrentContext() == nullptr, "ui: there is one already");
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.ConfigInputTextCursorBlink = false;
    io.BackendPlatformName = "reverie";
    map_keys(io);
    io.ClipboardUserData = this;
    io.GetClipboardTextFn = [](void* user) -> const char* {
        Ui& ui = *static_cast<Ui*>(user);
        if (ui.clipboard_context_ != nullptr) ui.clipboard_ = ui.clipboard_context_->clipboard();
        return ui.clipboard_.c_str();
    };
    io.SetClipboardTextFn = [](void* user, const char* text) {
        Ui& ui = *static_cast<Ui*>(user);
        ui.clipboard_ = text;
        if (ui.clipboard_context_ != nullptr) ui.clipboard_context_->set_clipboard(text);
    };
    if (!ImGui_ImplOpenGL3_Init("#version 330 core")) {
        ImGui::DestroyContext();
        throw Error("the overlay cannot be drawn with this OpenGL");
    }
}

Ui::~Ui() {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui::DestroyContext();
}

void Ui::load_fonts() {
    ImGui::GetIO().Fonts->Clear();
    FontFiles files{nullptr, nullptr};
    for (const FontFiles& candidate : kFonts) {
        if (!std::filesystem::exists(candidate.regular) ||
            !std::filesystem::exists(candidate.medium))
            continue;
        files = candidate;
        break;
    }
    const bool fine = scale_ < 1.75F;
    body_ = add_font(files.regular, px(style::kBodySize), fine);
    small_ = add_font(files.regular, px(style::kSmallSize), fine);
    heading_ = add_font(files.medium, px(style::kHeadingSize), fine);
    large_ = add_font(files.medium, px(style::kLargeSize), fine);
    poster_ = add_font(files.medium, px(style::kPosterSize), fine, true);
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_CreateFontsTexture();
}

void Ui::feed(const InputEvent& event) {
    ImGuiIO& io = ImGui::GetIO();
    if (const auto* key = std::get_if<KeyEvent>(&event)) {
        io.KeysDown[index_of(key->key)] = key->down;
        take_modifiers(io, key->modifiers);
        if (key->down) keys_.push_back(*key);
    } else if (const auto* text = std::get_if<TextEvent>(&event)) {
        io.AddInputCharacter(text->code_point);
    } else if (const auto* pointer = std::get_if<PointerEvent>(&event)) {
        io.MousePos = ImVec2(pointer->x, pointer->y);
    } else if (const auto* button = std::get_if<ButtonEvent>(&event)) {
        take_modifiers(io, button->modifiers);
        if (button->button >= 0 && button->button < IM_ARRAYSIZE(io.MouseDown))
            io.MouseDown[button->button] = button->down;
    } else if (const auto* scroll = std::get_if<ScrollEvent>(&event)) {
        take_modifiers(io, scroll->modifiers);
        io.MouseWheelH += scroll->dx;
        io.MouseWheel += scroll->dy;
    } else if (std::holds_alternative<FocusLostEvent>(event)) {
        std::fill(std::begin(io.KeysDown), std::end(io.KeysDown), false);
        std::fill(std::begin(io.MouseDown), std::end(io.MouseDown), false);
        take_modifiers(io, {});
    } else if (const auto* drop = std::get_if<DropEvent>(&event)) {
        dropped_.insert(dropped_.end(), drop->paths.begin(), drop->paths.end());
    }
}

void Ui::begin_frame(const std::vector<InputEvent>& events, Size size, float display_scale,
                     double dt_s) {
    const float scale = automatic_scale(size, display_scale, zoom_);
    if (scale != scale_) {
        scale_ = scale;
        style::apply(scale);
        load_fonts();
    }
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = ImVec2(static_cast<float>(std::max(size.width, 1)),
                            static_cast<float>(std::max(size.height, 1)));
    // ImGui requires a time step above 0.
    io.DeltaTime = std::max(static_cast<float>(dt_s), 1e-4F);
    io.MouseDragThreshold = px(4);
    io.MouseDoubleClickMaxDist = px(6);
    waiting_.insert(waiting_.end(), events.begin(), events.end());
    keys_.clear();
    dropped_.clear();
    noted_.clear();
    FrameGate gate;
    while (!waiting_.empty() && gate.admits(waiting_.front())) {
        feed(waiting_.front());
        waiting_.pop_front();
    }
    if (io.WantTextInput) keys_.clear();
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    ImGui::PushFont(body_);
}

void Ui::end_frame(bool upper_row_first) {
    ImGui::PopFont();
    ImGui::Render();
    ImDrawData* drawn = ImGui::GetDrawData();
    find_covered(*drawn);
    if (upper_row_first) turn_over(*drawn);
    ImGui_ImplOpenGL3_RenderDrawData(drawn);
}

void Ui::find_covered(const ImDrawData& drawn) {
    covered_.clear();
    for (int i = 0; i < drawn.CmdListsCount; ++i) {
        const ImDrawList& list = *drawn.CmdLists[i];
        if (list.VtxBuffer.empty()) continue;
        constexpr float kFar = std::numeric_limits<float>::max();
        UiRect box{kFar, kFar, -kFar, -kFar};
        for (const ImDrawVert& vertex : list.VtxBuffer) {
            box = {std::min(box.left, vertex.pos.x), std::min(box.top, vertex.pos.y),
                   std::max(box.right, vertex.pos.x), std::max(box.bottom, vertex.pos.y)};
        }
        UiRect clip{kFar, kFar, -kFar, -kFar};
        for (const ImDrawCmd& command : list.CmdBuffer) {
            const ImVec4& c = command.ClipRect;
            clip = {std::min(clip.left, c.x), std::min(clip.top, c.y), std::max(clip.right, c.z),
                    std::max(clip.bottom, c.w)};
        }
        cover({std::max({box.left, clip.left, 0.0F}), std::max({box.top, clip.top, 0.0F}),
               std::min({box.right, clip.right, drawn.DisplaySize.x}),
               std::min({box.bottom, clip.bottom, drawn.DisplaySize.y})});
    }
}

/// Adds what of `rect` is not covered yet.
void Ui::cover(const UiRect& rect) {
    const int x = static_cast<int>(std::floor(rect.left));
    const int y = static_cast<int>(std::floor(rect.top));
    std::vector<Area> parts{{x, y, static_cast<int>(std::ceil(rect.right)) - x,
                             static_cast<int>(std::ceil(rect.bottom)) - y}};
    for (const Area& other : covered_) {
        std::vector<Area> rest;
        for (const Area& part : parts) {
            for (const Area& piece : without(part, other)) rest.push_back(piece);
        }
        parts = std::move(rest);
    }
    for (const Area& part : parts) {
        if (!part.empty()) covered_.push_back(part);
    }
}

bool Ui::wants_pointer() const { return ImGui::GetIO().WantCaptureMouse; }
bool Ui::pointer_down() const { return ImGui::GetIO().MouseDown[0]; }
float Ui::pointer_x() const { return ImGui::GetIO().MousePos.x; }

bool Ui::rests_on(float left, float top) {
    constexpr double kMoment_s = 0.4;
    const int frame = ImGui::GetFrameCount();
    if (rest_.left != left || rest_.top != top || frame > rest_.frame + 1)
        rest_ = {left, top, ImGui::GetTime(), frame};
    rest_.frame = frame;
    return ImGui::GetTime() - rest_.since_s >= kMoment_s;
}

void Ui::note(std::string_view name) {
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    note(name, {low.x, low.y, high.x, high.y});
}

void Ui::note(std::string_view name, const UiRect& rect) {
    noted_.insert_or_assign(std::string(name), rect);
}

std::optional<UiRect> Ui::find(std::string_view name) const {
    const auto found = noted_.find(name);
    if (found == noted_.end()) return std::nullopt;
    return found->second;
}

}  // namespace reverie
