// The panel Modulation: a matrix of what is moved (rows) and what moves it (columns, each with a
// moving meter). A ring is a route, as large as its amount; the disc in it is what it adds now.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/modulation_edit.h"
#include "src/ui/overlay/state.h"
#include "src/ui/widgets/ui_pick.h"

namespace reverie {
namespace {

constexpr float kLabel = 112, kMatrixRow = 28;
constexpr float kNames = 66, kMeter = 30;

struct Column {
    std::string name;
    std::string label;  ///< as its head has it
    std::string help;
    bool there = true;  ///< this version has it, and what it needs is there
    std::optional<float> now;
};

/// "4c:17" of "activation:inception_4c:17"; what has no such name is as it is. A head has little room.
std::string label_of(const std::string& source) {
    constexpr std::string_view kModule = "inception_";
    std::string_view name = watched_name(source);
    if (name.starts_with(kModule)) name.remove_prefix(kModule.size());
    constexpr size_t kLongestName = 9;
    if (name.size() > kLongestName) return std::string(name.substr(0, kLongestName - 1)) + "…";
    return name.empty() ? source : std::string(name);
}

/// What the table has, and what the routes and the user ask for besides.
std::vector<Column> columns_of(const OverlayFrame& frame) {
    const ModulationStatus& status = frame.model.modulation;
    std::vector<Column> columns;
    for (size_t i = 0; i < kModulationSources.size(); ++i) {
        const ModulationSource& source = kModulationSources[i];
        const std::optional<float> now =
            i < status.sources.size() ? status.sources[i] : std::optional<float>();
        if (source.is_named()) continue;  // which of them, a route says
        std::string missing;
        if (!now && source.kind == ModulationKind::sound)
            missing = "\nThe show hears nothing: choose an input in Output.";
        if (!now && source.kind == ModulationKind::beat) missing = "\nThere is no beat: T taps it.";
        columns.push_back({std::string(source.name), std::string(source.name),
                           std::string(source.help) + missing, missing.empty(), now});
    }
    const auto known = [&](const std::string& name) {
        return std::any_of(columns.begin(), columns.end(),
                           [&](const Column& column) { return column.name == name; });
    };
    for (size_t i = 0; i < status.played.routes.size(); ++i) {
        const ModulationRoute& route = status.played.routes[i];
        if (known(route.source)) continue;
        if (const ModulationSource* named = find_modulation_source(route.source)) {
            const std::optional<float> now =
                i < status.values.size() ? status.values[i] : std::optional<float>();
            columns.push_back(
                {route.source, label_of(route.source), std::string(named->help), true, now});
        } else {
            columns.push_back({route.source, route.source,
                               "This version has no such source: it is kept, quiet.", false,
                               std::nullopt});
        }
    }
    for (const std::string& source : frame.state.more_sources) {
        if (!known(source))
            columns.push_back({source, label_of(source),
                               std::string(find_modulation_source(source)->help), true,
                               std::nullopt});
    }
    return columns;
}

/// What is moved, in the order of its first route, and what is about to be.
std::vector<std::string> targets_of(OverlayFrame& frame) {
    std::vector<std::string> targets;
    const auto add = [&](const std::string& target) {
        if (std::find(targets.begin(), targets.end(), target) == targets.end())
            targets.push_back(target);
    };
    for (const ModulationRoute& route : frame.model.modulation.played.routes) add(route.target);
    for (const std::string& target : frame.state.more_targets) add(target);
    return targets;
}

/// Text from the bottom to the top, that begins at `at`.
void draw_upright(ImFont* font, std::string_view content, ImVec2 at, ImU32 color) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 clip = list.GetClipRectMin();
    // Glyphs outside of the clip rectangle would be left out before they are turned.
    const ImVec2 from(clip.x + 1, clip.y + 1);
    const int first = list.VtxBuffer.Size;
    list.AddText(font, font->FontSize, from, color, content.data(),
                 content.data() + content.size());
    for (int i = first; i < list.VtxBuffer.Size; ++i) {
        ImVec2& p = list.VtxBuffer[i].pos;
        p = ImVec2(at.x + (p.y - from.y), at.y - (p.x - from.x));
    }
}

struct Matrix {
    ImVec2 at;
    float cell = 0, label = 0;
    float x_of(size_t column) const { return at.x + label + cell * static_cast<float>(column); }
};

/// A meter that stands: up from its foot, or both ways from its middle for a wave.
void draw_meter(Ui& ui, ImVec2 low, ImVec2 high, const Column& column, bool wave) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(low, high, style::kTrack, ui.px(2));
    if (!column.now) return;
    const float value = std::clamp(*column.now, -1.0F, 1.0F);
    const float height = high.y - low.y;
    const float from = wave ? (low.y + high.y) / 2 : high.y;
    const float to = wave ? from - value * height / 2 : high.y - std::max(value, 0.0F) * height;
    list.AddRectFilled(ImVec2(low.x, std::min(from, to)), ImVec2(high.x, std::max(from, to)),
                       value < 0 ? style::kAgainst : style::kAccent, ui.px(2));
}

/// The column of a layer goes, and what it moves with it, after one more click.
void offer_removal(OverlayFrame& frame, const Column& column, bool asked) {
    Ui& ui = frame.ui;
    if (asked) ImGui::OpenPopup("remove");
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    const float width = ui.px(220);
    ImGui::SetNextWindowPos(ImVec2(std::min(low.x, ui.right_edge() - width), high.y));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(8), ui.px(8)));
    if (ImGui::BeginPopup("remove")) {
        const std::vector<ModulationRoute>& routes = frame.model.modulation.played.routes;
        std::vector<int> of_it;
        for (size_t i = 0; i < routes.size(); ++i) {
            if (routes[i].source == column.name) of_it.push_back(static_cast<int>(i));
        }
        const std::string label = of_it.empty()
                                      ? fmt::format("Take {} out", column.label)
                                      : fmt::format("Take {} out, and what it moves", column.label);
        if (button(ui, "source/remove/" + column.name, label, width - ui.px(16),
                   ButtonLook::danger)) {
            for (size_t i = of_it.size(); i-- > 0;) frame.ask(request::RemoveRoute{of_it[i]});
            std::erase(frame.state.more_sources, column.name);
            ImGui::CloseCurrentPopup();
        }
        ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
}

void draw_head(OverlayFrame& frame, const Matrix& matrix, const std::vector<Column>& columns) {
    Ui& ui = frame.ui;
    const float names = matrix.at.y + ui.px(kNames), foot = names + ui.px(4 + kMeter);
    for (size_t i = 0; i < columns.size(); ++i) {
        const Column& column = columns[i];
        const float x = matrix.x_of(i);
        ImGui::SetCursorScreenPos(ImVec2(x, matrix.at.y));
        ImGui::PushID(static_cast<int>(i));
        const bool clicked = ImGui::InvisibleButton(
            "column", ImVec2(std::max(matrix.cell, 1.0F), foot - matrix.at.y));
        ui.note("source/" + column.name);
        const bool hovered = ImGui::IsItemHovered();
        const bool own = !watched_name(column.name).empty();
        tooltip(ui, fmt::format("{}: {}{}", column.name, column.help,
                                own ? "\nClick: to take it out." : ""));
        if (own) offer_removal(frame, column, clicked);
        ImGui::PopID();
        const float middle = x + matrix.cell / 2;
        draw_upright(ui.small(), column.label, ImVec2(middle - ui.small()->FontSize / 2, names),
                     !column.there ? style::rgba(0x5D6674)
                     : hovered     ? style::kText
                                   : style::kTextDim);
        const ModulationSource* source = find_modulation_source(column.name);
        const float half = std::min(ui.px(4), matrix.cell / 3);
        draw_meter(ui, ImVec2(middle - half, names + ui.px(4)), ImVec2(middle + half, foot), column,
                   source != nullptr && source->wave());
    }
}

/// The routes from a source to a target.
std::vector<size_t> routes_of(const Modulation& played, const std::string& target,
                              const std::string& source) {
    std::vector<size_t> numbers;
    for (size_t i = 0; i < played.routes.size(); ++i) {
        if (played.routes[i].target == target && played.routes[i].source == source)
            numbers.push_back(i);
    }
    return numbers;
}

/// 0 … 1, such that small amounts can be told apart too.
float size_of_amount(const std::string& target, double amount) {
    const double share = std::abs(amount) / std::min(range_of_target(target).span(), 8.0);
    return static_cast<float>(std::sqrt(std::clamp(share, 0.0, 1.0)));
}

void draw_routes(OverlayFrame& frame, const std::vector<size_t>& numbers, ImVec2 middle, float most,
                 bool there) {
    Ui& ui = frame.ui;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ModulationStatus& status = frame.model.modulation;
    const size_t number = numbers.front();
    const ModulationRoute& route = status.played.routes[number];
    const float value = number < status.values.size() ? status.values[number] : 0;
    const ImU32 color = route.amount < 0 ? style::kAgainst : style::kAccent;
    const ImU32 dimmed = there ? color : style::kTextFaint;
    const float least = ui.px(4);
    const float radius = least + (most - least) * size_of_amount(route.target, route.amount);
    const bool edited =
        std::find(numbers.begin(), numbers.end(), frame.state.route) != numbers.end();
    if (edited)
        list.AddRectFilled(ImVec2(middle.x - most - ui.px(1), middle.y - most - ui.px(1)),
                           ImVec2(middle.x + most + ui.px(1), middle.y + most + ui.px(1)),
                           style::rgba(0xFFFFFF, 24), ui.px(4));
    list.AddCircle(middle, radius - ui.px(0.75F), dimmed, 24, ui.px(1.5F));
    const float inner = (radius - ui.px(2)) * std::sqrt(std::clamp(std::abs(value), 0.0F, 1.0F));
    if (there && inner > 0.5F) list.AddCircleFilled(middle, inner, color, 24);
    if (numbers.size() > 1)
        list.AddCircleFilled(ImVec2(middle.x + most, middle.y - most), ui.px(2), style::kText, 8);
}

void draw_cell(OverlayFrame& frame, const Matrix& matrix, const std::string& target,
               const Column& column, ImVec2 at) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const Modulation& played = frame.model.modulation.played;
    const std::vector<size_t> numbers = routes_of(played, target, column.name);
    ImGui::SetCursorScreenPos(at);
    ImGui::PushID(column.name.c_str());
    const bool clicked =
        ImGui::InvisibleButton("cell", ImVec2(std::max(matrix.cell, 1.0F), ui.px(kMatrixRow)));
    ImGui::PopID();
    ui.note(fmt::format("route/{}/{}", target, column.name));
    const ImVec2 middle(at.x + matrix.cell / 2, at.y + ui.px(kMatrixRow) / 2);
    const float most = std::min(matrix.cell, ui.px(kMatrixRow)) / 2 - ui.px(2);
    if (!numbers.empty()) {
        offer_to_midi(frame, route_control(static_cast<int>(numbers.front())));
        draw_routes(frame, numbers, middle, std::max(most, 1.0F), column.there);
        if (!clicked) return;
        // A further click goes on to the next one of them.
        const auto edited = std::find(numbers.begin(), numbers.end(), state.route);
        state.route = edited == numbers.end() || edited + 1 == numbers.end() ? numbers.front()
                                                                             : *(edited + 1);
        return;
    }
    const bool known = find_modulation_source(column.name) != nullptr;
    ImGui::GetWindowDrawList()->AddCircleFilled(
        middle, ui.px(ImGui::IsItemHovered() && known ? 4 : 1.5F),
        ImGui::IsItemHovered() && known ? style::kTextDim : style::kRaisedActive, 12);
    if (!clicked || !known) return;
    state.route = played.routes.size();
    frame.ask(request::SetRoute{static_cast<int>(state.route),
                                new_route(target, column.name, frame.model.tempo.beat.has_value()),
                                ""});
}

/// How far a target is moved now, as a bar under its name, from the middle both ways.
void draw_moved(OverlayFrame& frame, const std::string& target, ImVec2 at, float width) {
    const ModulationStatus& status = frame.model.modulation;
    double moved = 0;
    for (size_t i = 0; i < status.played.routes.size() && i < status.values.size(); ++i) {
        const ModulationRoute& route = status.played.routes[i];
        if (route.target == target) moved += route.amount * double{status.values[i]};
    }
    const double share = moved / std::min(range_of_target(target).span(), 8.0);
    const float thick = frame.ui.px(2);
    const float middle = at.x + width / 2;
    const float to = middle + static_cast<float>(std::clamp(2 * share, -1.0, 1.0)) * width / 2;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(at, ImVec2(at.x + width, at.y + thick), style::rgba(0xFFFFFF, 12));
    list.AddRectFilled(ImVec2(std::min(middle, to), at.y),
                       ImVec2(std::max(middle, to), at.y + thick),
                       moved < 0 ? style::kAgainst : style::kAccent);
}

void draw_target(OverlayFrame& frame, const Matrix& matrix, const std::string& target,
                 const std::vector<Column>& columns, float y) {
    Ui& ui = frame.ui;
    ImGui::PushID(target.c_str());
    ImGui::SetCursorScreenPos(ImVec2(matrix.at.x, y + ui.px(4)));
    const float width = matrix.label - ui.px(12);
    text_cut(ui, spoken(target), width, style::kTextDim);
    draw_moved(frame, target, ImVec2(matrix.at.x, y + ui.px(kMatrixRow - 5)), width);
    for (size_t i = 0; i < columns.size(); ++i)
        draw_cell(frame, matrix, target, columns[i], ImVec2(matrix.x_of(i), y));
    ImGui::PopID();
}

/// What is dreamed now, then all layers.
std::array<PickSection, 2> layers_to_pick(const OverlayFrame& frame) {
    std::array<PickSection, 2> sections{{{"dreamed now", {}}, {"layers", {}}}};
    for (const Term& term : frame.model.params.objective.terms)
        sections[0].items.push_back(strip_name(term.layer, term.channel));
    for (const LayerStatus& layer : frame.model.layers) {
        const bool branch =
            layer.name.starts_with("inception_") && layer.name.find('/') != std::string::npos;
        if (!branch) sections[1].items.push_back(layer.name);
    }
    return sections;
}

/// Lets a row be added: any number, or a layer; and a column: how strongly a layer answers.
void draw_more(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const auto layers = layers_to_pick(frame);
    std::vector<PickSection> sections{{"parameters", {}}, layers[0], layers[1]};
    for (const ParamInfo& info : kParams) {
        if (info.is_numeric() && info.high - info.low < kNominalSpan)
            sections[0].items.emplace_back(info.key);
    }
    const float width = (width_left(ui) - ui.px(style::kGap)) / 2;
    const auto picked = pick(ui, "modulation/add", "Move something more …", width, sections);
    if (picked) frame.state.more_targets.push_back(*picked);
    ImGui::SameLine();
    if (const auto layer = pick(ui, "modulation/watch", "Move with a layer …", width, layers))
        frame.state.more_sources.push_back("activation:" + *layer);
}

void draw_matrix(OverlayFrame& frame, const std::vector<std::string>& targets) {
    Ui& ui = frame.ui;
    const std::vector<Column> columns = columns_of(frame);
    Matrix matrix;
    matrix.at = ImGui::GetCursorScreenPos();
    matrix.label = ui.px(kLabel);
    matrix.cell = std::max(ui.right_edge() - matrix.at.x - matrix.label, 0.0F) /
                  static_cast<float>(columns.size());
    draw_head(frame, matrix, columns);
    float y = matrix.at.y + ui.px(kNames + kMeter + 10);
    for (const std::string& target : targets) {
        draw_target(frame, matrix, target, columns, y);
        y += ui.px(kMatrixRow);
    }
    ImGui::SetCursorScreenPos(ImVec2(matrix.at.x, y));
    ImGui::Dummy(ImVec2(0, 0));
}

}  // namespace

void draw_modulation(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const std::vector<std::string> targets = targets_of(frame);
    draw_matrix(frame, targets);
    gap(ui, 6);
    draw_more(frame);
    if (frame.model.modulation.played.routes.empty()) {
        gap(ui, 8);
        text_wrapped(ui,
                     targets.empty() ? "Nothing moves by itself yet. Choose what is to move, then "
                                       "click in its row below what is to move it."
                                     : "Click in a row below what is to move it.",
                     style::kTextFaint, ui.small());
        return;
    }
    frame.state.route =
        std::min(frame.state.route, frame.model.modulation.played.routes.size() - 1);
    draw_route(frame, frame.state.route);
}

}  // namespace reverie
