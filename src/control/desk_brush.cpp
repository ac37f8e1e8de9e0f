// The mask @brush at the desk: strokes of hands, which undo takes back one by one.
#include <utility>

#include "src/control/desk.h"

namespace reverie {

void Desk::handle_brush() {
    handle<request::Paint>([this](const auto& r) {
        const bool goes_on = !r.control.empty() && open_stroke_.by == asking_ &&
                             open_stroke_.control == r.control && open_stroke_.mask == brush_;
        BrushMask next = painted(*brush_, r.stroke, goes_on, r.aspect);
        if (next == *brush_) return;
        begin_step(r.control.empty() ? kBrushKey : std::string_view(r.control), {kBrushKey});
        brush_ = std::make_shared<const BrushMask>(std::move(next));
        open_stroke_ = {asking_, r.control, brush_};
    });
    handle<request::FillBrush>([this](const auto& r) {
        begin_step_of_its_own(look(), {kBrushKey});
        brush_ = std::make_shared<const BrushMask>(BrushMask{r.full, {}});
    });
}

}  // namespace reverie
