// The line at the bottom, the messages above it, and the help.
#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "src/ui/overlay/state.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

constexpr double kMessageStays_s = 6;
constexpr size_t kMostMessages = 4;
constexpr float kFacts = 290;  // for frames, dreams and delay

constexpr ImGuiWindowFlags kStatusFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                          ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav;

/// Texts from the right edge to the left, each after a space.
class FromTheRight {
  public:
    FromTheRight(Ui& ui, float right) : ui_(ui), right_(right) {}
    void put(std::string_view content, ImU32 color) {
        text_right(ui_, content, right_, color, ui_.small());
        right_ = ImGui::GetItemRectMin().x - ui_.px(20);
    }
    float left() const { return right_; }

  private:
    Ui& ui_;
    float right_;
};

void draw_right_side(OverlayFrame& frame, FromTheRight& line) {
    const OverlayModel& model = frame.model;
    const Statistics& facts = model.statistics;
    line.put(fmt::format("{:.0f} ms", facts.latency_ms), style::kTextDim);
    line.put(fmt::format("{:.1f} dreams/s", facts.dreams_per_s), style::kTextDim);
    line.put(fmt::format("{:.0f} frames/s", facts.presented_fps), style::kText);
    for (const OutputStatus& output : model.outputs) {
        if (!output.running) continue;
        const bool records = info_of(output.kind).records;
        line.put(records ? fmt::format("REC {}", clock_text(output.seconds))
                         : std::string(info_of(output.kind).title),
                 output.health == Health::good && !records ? style::kGood : style::kTrouble);
    }
    if (model.frozen) line.put("dream held", style::kWaiting);
    constexpr std::string_view kPanic[] = {"", "SOURCE ALONE", "BLACK", "PICTURE HELD"};
    if (model.panic != Panic::off)
        line.put(std::string(kPanic[static_cast<size_t>(model.panic)]), style::kTrouble);
    if (!model.preparing.empty())
        line.put(fmt::format("preparing {}", model.preparing), style::kWaiting);
}

void draw_message(OverlayFrame& frame, const Message& message, float middle_x, float& bottom,
                  int number) {
    Ui& ui = frame.ui;
    ImFont* font = ui.body();
    const float wrap = ui.px(420);
    const ImVec2 size = font->CalcTextSizeA(font->FontSize, FLT_MAX, wrap, message.text.data(),
                                            message.text.data() + message.text.size());
    const ImVec2 extent(size.x + ui.px(44), size.y + ui.px(20));
    const float top = bottom - extent.y;
    ImGui::SetNextWindowPos(ImVec2(std::round(middle_x - extent.x / 2), std::round(top)));
    ImGui::SetNextWindowSize(extent);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(14), ui.px(10)));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, ui.px(style::kRounding));
    ImGui::Begin(fmt::format("##message {}", number).c_str(), nullptr,
                 kStatusFlags | ImGuiWindowFlags_NoInputs | ImGuiWindowFlags_NoFocusOnAppearing);
    dot(ui, color_of(message.health));
    ImGui::SameLine();
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + wrap + 1);
    text(ui, message.text, style::kText);
    ImGui::PopTextWrapPos();
    ImGui::End();
    ImGui::PopStyleVar(2);
    bottom = top - ui.px(style::kGap);
}

/// Draws a group of the help with its upper left corner at `at`; where the next one begins.
float draw_group(Ui& ui, std::string_view group, ImVec2 at) {
    ImGui::SetCursorScreenPos(at);
    text(ui, group, style::kAccent);
    float y = at.y + ui.px(29);
    for (const Shortcut& shortcut : shortcuts()) {
        if (shortcut.group != group || shortcut.keys.empty()) continue;
        ImGui::SetCursorScreenPos(ImVec2(at.x, y));
        text(ui, shortcut.keys, style::kText);
        ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(124), y));
        text(ui, shortcut.help, style::kTextDim);
        y += ui.px(22);
    }
    return y + ui.px(style::kSection);
}

std::vector<std::string_view> groups() {
    std::vector<std::string_view> names;
    for (const Shortcut& shortcut : shortcuts()) {
        const bool known = std::find(names.begin(), names.end(), shortcut.group) != names.end();
        if (!known && !shortcut.group.empty()) names.push_back(shortcut.group);
    }
    return names;
}

}  // namespace

void draw_status(OverlayFrame& frame, UiRect place) {
    Ui& ui = frame.ui;
    const SourceStatus& source = frame.model.source;
    ImGui::SetNextWindowPos(ImVec2(place.left, place.top));
    ImGui::SetNextWindowSize(ImVec2(place.right - place.left, place.bottom - place.top));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, style::kRail);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(14), 0));
    ImGui::Begin("##status", nullptr, kStatusFlags | ImGuiWindowFlags_NoScrollWithMouse);
    const float height = place.bottom - place.top;
    const float right = place.right - ui.px(14);
    // What the show says is of more use than what it waits for, where there is no room for both.
    draw_tempo(frame, height, right - ui.px(kFacts));
    const ImVec2 start(ImGui::GetCursorScreenPos().x,
                       place.top + std::round((height - ui.small()->FontSize) / 2));
    ImGui::PushFont(ui.small());
    FromTheRight line(ui, right);
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy(ImVec2(0, 0));
    draw_right_side(frame, line);
    ImGui::SetCursorScreenPos(start);
    dot(ui, color_of(source.health));
    ImGui::SameLine();
    const std::string what =
        source.message.empty() ? source.spec : fmt::format("{}: {}", source.spec, source.message);
    text_cut(ui, what, line.left() - ImGui::GetCursorScreenPos().x,
             source.health == Health::good ? style::kTextDim : color_of(source.health), ui.small());
    ImGui::PopFont();
    ImGui::End();
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
}

void draw_messages(OverlayFrame& frame, UiRect place) {
    std::vector<Message> shown;
    const auto add = [&](const std::vector<Message>& messages) {
        for (const Message& message : messages) {
            if (message.age_s < kMessageStays_s) shown.push_back(message);
        }
    };
    add(frame.model.messages);
    add(frame.state.messages);
    std::stable_sort(shown.begin(), shown.end(),
                     [](const Message& a, const Message& b) { return a.age_s < b.age_s; });
    if (shown.size() > kMostMessages) shown.resize(kMostMessages);
    float bottom = place.bottom - frame.ui.px(14);
    int number = 0;
    for (const Message& message : shown)
        draw_message(frame, message, place.center_x(), bottom, number++);
}

void draw_help(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const ImVec2 extent(std::min(ui.px(860), screen.x), std::min(ui.px(704), screen.y));
    const ImVec2 at(std::round((screen.x - extent.x) / 2), std::round((screen.y - extent.y) / 2));
    ImGui::SetNextWindowPos(ImVec2(0, 0));
    ImGui::SetNextWindowSize(screen);
    ImGui::SetNextWindowFocus();
    ImGui::PushStyleColor(ImGuiCol_WindowBg, style::rgba(0x000000, 190));
    ImGui::Begin("##help", nullptr, kStatusFlags);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 end(at.x + extent.x, at.y + extent.y);
    list.AddRectFilled(at, end, style::rgba(0x171B21), ui.px(10));
    list.AddRect(at, end, style::kLine, ui.px(10), 0, std::max(1.0F, ui.px(1)));
    const float margin = ui.px(36);
    ImGui::SetCursorScreenPos(ImVec2(at.x + margin, at.y + ui.px(28)));
    text(ui, "Keys", style::kText, ui.heading());
    ImGui::SetCursorScreenPos(ImVec2(at.x + margin, at.y + ui.px(34)));
    ImGui::Dummy(ImVec2(0, 0));
    text_right(ui, "F1 closes this", end.x - margin, style::kTextFaint, ui.small());
    const float top = at.y + ui.px(74);
    const float column = (extent.x - 2 * margin) / 2 + ui.px(10);
    const std::vector<std::string_view> names = groups();
    float y = top;
    // The first group is as long as all the others.
    for (size_t i = 0; i < names.size(); ++i) {
        if (i == 1) y = top;
        y = draw_group(ui, names[i], ImVec2(at.x + margin + (i == 0 ? 0 : column), y));
    }
    ImGui::End();
    ImGui::PopStyleColor();
}

}  // namespace reverie
