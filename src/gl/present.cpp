#include "src/gl/present.h"

#include <glad/gl.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/gl/shader.h"
#include "src/gl/sight_layout.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kLineWidth = 2;

/// Shown for a picture that does not exist yet.
uint32_t id_or(const Texture* texture, uint32_t other) {
    return texture != nullptr && !texture->empty() ? texture->id() : other;
}

bool there(const Texture* texture) { return texture != nullptr && !texture->empty(); }

/// The picture whose shape the view takes.
const Texture* base_of(const ViewPictures& pictures, ViewMode mode) {
    const Texture* own = mode == ViewMode::flow         ? pictures.flow
                         : mode == ViewMode::confidence ? pictures.confidence
                                                        : nullptr;
    if (there(own)) return own;
    // The layer's map has a few pixels only: it is laid over the picture that it was made from.
    const Texture* first = mode == ViewMode::dream ? pictures.dream : pictures.source;
    const Texture* second = mode == ViewMode::dream ? pictures.source : pictures.dream;
    if (there(first)) return first;
    return there(second) ? second : nullptr;
}

/// Width and height of the picture as it is seen, in pixels of the window.
struct ShownSize {
    float width = 0, height = 0;
};

int quarter_turns(int rotation) { return ((rotation / 90) % 4 + 4) % 4; }

ShownSize extent_of(Size picture, Size area, const ViewSettings& settings) {
    const Size seen = turned(picture, settings);
    const auto width = static_cast<float>(seen.width);
    const auto height = static_cast<float>(seen.height);
    const float zoom_x = static_cast<float>(area.width) / width;
    const float zoom_y = static_cast<float>(area.height) / height;
    const float zoom = settings.fill ? std::max(zoom_x, zoom_y) : std::min(zoom_x, zoom_y);
    return {zoom * width, zoom * height};
}

/// The pixels of an area of that size whose centres are in the picture.
Area covered_by(ShownSize picture, Size area) {
    const auto first = [](float extent, int all) {
        return std::max(static_cast<int>(std::ceil((static_cast<float>(all) - extent - 1) / 2)), 0);
    };
    const int x = first(picture.width, area.width), y = first(picture.height, area.height);
    return {x, y, area.width - 2 * x, area.height - 2 * y};
}

void clear(Area area, int height_px) {
    glEnable(GL_SCISSOR_TEST);
    glScissor(area.x, height_px - area.y - area.height, area.width, area.height);
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    glDisable(GL_SCISSOR_TEST);
}

}  // namespace

std::string_view name_of(ViewMode mode) {
    constexpr std::string_view kNames[kViewModes] = {
        "dream", "source", "side by side", "wipe", "flow", "confidence", "layer", "what it sees"};
    return kNames[static_cast<size_t>(mode)];
}

std::optional<ViewMode> find_view_mode(std::string_view name) {
    for (int i = 0; i < kViewModes; ++i) {
        const auto mode = static_cast<ViewMode>(i);
        if (name_of(mode) == name) return mode;
    }
    return std::nullopt;
}

Size turned(Size picture, const ViewSettings& settings) {
    if (quarter_turns(settings.rotation) % 2 == 0) return picture;
    return {picture.height, picture.width};
}

Placement place(Size picture, Size area, const ViewSettings& settings) {
    require(picture.width > 0 && picture.height > 0 && area.width > 0 && area.height > 0,
            "present: a picture and an area of at least one pixel are needed");
    const ShownSize seen = extent_of(picture, area, settings);
    // r = (x − middle) / extent + 1/2 on each axis of the turned picture, as s·x + t.
    float sx = 1 / seen.width;
    const float sy = 1 / seen.height;
    float tx = 0.5F - sx * static_cast<float>(area.width) / 2;
    const float ty = 0.5F - sy * static_cast<float>(area.height) / 2;
    if (settings.mirror) {
        sx = -sx;
        tx = 1 - tx;
    }
    switch (quarter_turns(settings.rotation)) {
        case 1:
            return {0, sy, ty, -sx, 0, 1 - tx};
        case 2:
            return {-sx, 0, 1 - tx, 0, -sy, 1 - ty};
        case 3:
            return {0, -sy, 1 - ty, sx, 0, tx};
        default:
            return {sx, 0, tx, 0, sy, ty};
    }
}

struct Presenter::Programs {
    Shader present{"present.frag"};
    Shader wipe{"wipe.frag"};
    Shader flow_color{"flow_color.frag"};
    Shader confidence{"confidence.frag"};
    Shader layer{"layer.frag"};
    uint32_t vertex_array = 0;

    Programs() { glGenVertexArrays(1, &vertex_array); }
    ~Programs() { glDeleteVertexArrays(1, &vertex_array); }
    Programs(const Programs&) = delete;
    Programs& operator=(const Programs&) = delete;

    const Shader& choose(ViewMode mode, const ViewPictures& pictures) const {
        if (mode == ViewMode::wipe) return wipe;
        if (mode == ViewMode::flow && there(pictures.flow)) return flow_color;
        if (mode == ViewMode::confidence && there(pictures.confidence)) return confidence;
        if (mode == ViewMode::layer && there(pictures.layer)) return layer;
        return present;
    }

    void draw(const ViewPictures& pictures, const ViewSettings& settings, Area area,
              int height_px) const;
};

void Presenter::Programs::draw(const ViewPictures& pictures, const ViewSettings& settings,
                               Area area, int height_px) const {
    const Texture* base = base_of(pictures, settings.mode);
    if (area.empty()) return;
    const Size size{area.width, area.height};
    const Area all{0, 0, area.width, area.height};
    Area covered;
    if (base != nullptr) covered = covered_by(extent_of(base->size(), size, settings), size);
    for (const Area& bar : without(all, covered)) {
        clear({area.x + bar.x, area.y + bar.y, bar.width, bar.height}, height_px);
    }
    if (covered.empty()) return;
    const Shader& shader = choose(settings.mode, pictures);
    shader.use();
    const Placement p = place(base->size(), size, settings);
    shader.set("placement_u", p.a, p.b, p.c);
    shader.set("placement_v", p.d, p.e, p.f);
    shader.set("area_origin", static_cast<float>(covered.x), static_cast<float>(covered.y));
    shader.set("area_size", static_cast<float>(covered.width), static_cast<float>(covered.height));

    const uint32_t dream = id_or(pictures.dream, id_or(pictures.source, 0));
    const uint32_t source = id_or(pictures.source, dream);
    // A mode whose own picture is not there yet shows the source.
    const bool only_source = settings.mode == ViewMode::source ||
                             (settings.mode > ViewMode::wipe && &shader == &present);
    shader.set_texture("picture", 0, only_source ? source : dream);
    shader.set_texture("source", 1, source);
    shader.set_texture("dream", 5, dream);
    shader.set_texture("flow", 2, id_or(pictures.flow, 0));
    shader.set_texture("confidence", 3, id_or(pictures.confidence, 0));
    shader.set_texture("layer", 4, id_or(pictures.layer, 0));
    const float width = static_cast<float>(area.width);
    // Whole pixels, so that the line is sharp.
    shader.set("wipe_x", std::round(std::clamp(settings.wipe, 0.0F, 1.0F) * width));
    shader.set("line_width", kLineWidth);
    shader.set("full_px", std::max(settings.flow_px, 1e-3F));
    shader.set("peak", std::max(settings.layer_peak, 1e-6F));

    glViewport(area.x + covered.x, height_px - area.y - covered.y - covered.height, covered.width,
               covered.height);
    glDisable(GL_BLEND);
    glDisable(GL_DEPTH_TEST);
    glBindVertexArray(vertex_array);
    glDrawArrays(GL_TRIANGLES, 0, 3);
    glBindVertexArray(0);
}

Presenter::Presenter() : programs_(std::make_unique<Programs>()) {}
Presenter::~Presenter() = default;
Presenter::Presenter(Presenter&&) noexcept = default;
Presenter& Presenter::operator=(Presenter&&) noexcept = default;

/// The pictures; what is seen in them is the overlay's to draw.
void Presenter::draw_sight(const ViewPictures& pictures, const ViewSettings& settings, Area area,
                           int height_px) {
    if (area.empty()) return;
    clear(area, height_px);
    const Texture* base = base_of(pictures, settings.mode);
    if (base == nullptr) return;
    const SightLayout layout = sight_layout(area, turned(base->size(), settings), kSightPlaces);
    ViewSettings one = settings;
    one.fill = false;
    one.mode = ViewMode::source;
    programs_->draw(pictures, one, layout.rows[0].picture, height_px);
    one.mode = ViewMode::dream;
    programs_->draw(pictures, one, layout.rows[1].picture, height_px);
}

void Presenter::draw(const ViewPictures& pictures, const ViewSettings& settings, Area area,
                     int height_px) {
    if (settings.mode == ViewMode::sight) {
        draw_sight(pictures, settings, area, height_px);
        return;
    }
    if (settings.mode != ViewMode::side_by_side) {
        programs_->draw(pictures, settings, area, height_px);
        return;
    }
    const int left = area.width / 2;
    ViewSettings half = settings;
    half.mode = ViewMode::source;
    programs_->draw(pictures, half, {area.x, area.y, left, area.height}, height_px);
    half.mode = ViewMode::dream;
    programs_->draw(pictures, half, {area.x + left, area.y, area.width - left, area.height},
                    height_px);
}

void Presenter::draw(const ViewPictures& pictures, const ViewSettings& settings, Context& context) {
    context.bind();
    const Size size = context.size();
    draw(pictures, settings, {0, 0, size.width, size.height}, size.height);
}

}  // namespace reverie
