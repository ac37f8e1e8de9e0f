// The overlay: panels, status line, keys and help over the picture. It turns what is (OverlayModel)
// into pixels and what the user does into OverlayActions, and knows nothing of the loop around it.
//
//     ui.begin_frame(context.poll(), context.size(), context.scale(), dt_s);
//     const OverlayActions actions = overlay.draw(ui, model);
//     ui.end_frame();
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "src/ui/overlay/model.h"
#include "src/ui/widgets/ui.h"

namespace reverie {

enum class Panel : uint8_t {
    layers,
    dream,
    motion,
    source,
    output,
    presets,
    modulation,
    scores,
    statistics,
    installation,
    sight
};
inline constexpr int kPanels = 11;
std::string_view name_of(Panel panel);

struct OverlayState;

class Overlay {
  public:
    Overlay();
    ~Overlay();
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    /// Draws one frame, between begin_frame() and end_frame(); returns what the user asked for in
    /// it, in the order in which it was asked. Keys work whether the panels are shown or not.
    OverlayActions draw(Ui& ui, const OverlayModel& model);

    bool visible() const;
    /// Whether the panel is shown.
    bool shows(Panel panel) const;
    void show(bool visible);
    void show_help(bool visible);
    /// Opens a panel in the left column, or in the right one.
    void open(Panel panel, bool right = false);

    /// The part of a frame buffer of that size that the panels leave free: the picture's place
    /// while they are shown, so that nothing of it is covered. The whole of it while they are
    /// hidden.
    Area free_area(Size size) const;

  private:
    std::unique_ptr<OverlayState> state_;
};

}  // namespace reverie
