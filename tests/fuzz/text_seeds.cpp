// Texts from which fuzzing begins: the project's own looks, and one of everything that it writes.
#include "src/control/cues.h"
#include "src/control/modulation_file.h"
#include "src/control/preset_library.h"
#include "src/control/take.h"
#include "src/control/toml_params.h"
#include "src/render/recipe.h"
#include "src/show/show_state.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

constexpr const char* kMoves =
    "[[modulation]]\ntarget = \"strength\"\nsource = \"beat\"\namount = 0.5\n"
    "[[modulation]]\ntarget = \"4c:17\"\nsource = \"activation:3b\"\namount = -1\n"
    "[[modulation]]\ntarget = \"zoom\"\nsource = \"random\"\nhz = 0.5\namount = 0.1\n";

Modulation moves() { return read_modulation(parse_toml(kMoves, "moves"), "moves"); }

std::string take() {
    TakePicture picture;
    picture.size = {97, 55};
    picture.dream_size = {64, 36};
    picture.frame = TakeFrame{0, 2, 0.1, 13, 5};
    picture.set = {{"strength", "0.1"}, {"objective", "0.5*inception_3b:17"}};
    picture.modulation = moves();
    picture.heard = {{0.12, {}}};
    picture.seen = Seen{0.7F, 1, {{{"inception_4c", 17, 1}, 0.3F}}};
    picture.panic = Panic::hold;
    picture.frozen = true;
    TakePicture next;
    next.number = 1;
    next.time_s = 0.04;
    std::string text;
    for (const TakeEvent& event : std::vector<TakeEvent>{
             TakeHead{"0.1", "embedded", "ff", "bf16", "cpu", 300, "", "a.mkv"},
             TakeSource{0, "a b.mp4", {97, 55}, {30000, 1001}, {1, 90000}, true, "red"}, picture,
             TakeBegin{{2, 1.3F, 0.04, 1.1}, {0, 4, 0.7F}}, next,
             TakeDreamed{true, 1, 7, DreamedInstead{{{{"conv2", 3, 0.1F}}}, 2, 1.4F, 0.5F}},
             TakeReset{}, TakeNetwork{"other", "ff"}, TakeAsked{"osc", "panic", {"step"}},
             TakeEnd{2}})
        text += take_line(event) + "\n";
    return text;
}

std::string state() {
    ShowState state;
    state.source = "camera:Brio \"4K\"";
    state.preset = "fur";
    state.modulation = moves();
    state.layout = {"wipe", true, true, true, 270, 2, 1};
    state.outputs = {{"stream", "rtmp://a.example/live/key"}, {"record", ""}};
    return to_toml(state);
}

std::string cues() {
    Cues cues;
    cues[0] = {"fur", 0.5, Quantise::bar};
    cues[8] = {"tides", std::nullopt, Quantise::off};
    return to_toml(cues);
}

std::string recipe() {
    Recipe recipe;
    recipe.command = "reverie render 'a b.mp4' --size 320x";
    recipe.look = "--preset fur --set step=2";
    recipe.version = "0.1.0";
    recipe.network = "9f";
    recipe.preset = preset_text("fur");
    recipe.score = score_text("journey");
    recipe.by_hand = {"step"};
    return to_text(recipe);
}

}  // namespace

std::vector<Seed> text_seeds() {
    std::vector<Seed> seeds{{"takes", "whole", take()},
                            {"states", "plain", to_toml(ShowState())},
                            {"states", "full", state()},
                            {"cues", "two", cues()},
                            {"recipes", "full", recipe()},
                            {"presets", "moves", kMoves},
                            {"scores", "moves",
                             "loop = true\nlength = 16\n[params]\njitter = 16\n"
                             "[[keyframe]]\nat = \"40%\"\nease = \"hold\"\n"
                             "zoom = 1.2\n[[keyframe]]\nat = \"1.5s\"\n" +
                                 std::string("zoom = 1\n") + kMoves},
                            {"jobs", "done",
                             R"({"format": 1, "command": ["render", "a"], "folder": "/",)"
                             R"( "state": "done", "attempts": 1, "exit_code": 0, "said": "",)"
                             R"( "added_s": 1, "begun_s": 2, "ended_s": 3})"}};
    for (const EmbeddedFile& preset : embedded_presets())
        seeds.push_back({"presets", std::string(preset.name), std::string(preset.text)});
    for (const EmbeddedFile& score : embedded_scores())
        seeds.push_back({"scores", std::string(score.name), std::string(score.text)});
    constexpr const char* kObjectives[] = {
        "0.8*inception_3b + inception_4c:17 - 0.3*4d", "word:eyes - 2e-3*word:fur",
        "guide(4c, mean)", "-1.5*guide(inception_4c)+conv2", "class:#3 - 2*class:\"a b\"@1-alpha"};
    for (const char* objective : kObjectives)
        seeds.push_back({"objectives", std::to_string(seeds.size()), objective});
    constexpr const char* kWords[] = {"640x360", "640x",       "x360",        "1:02:03.5", "12.5s",
                                      "40%",     "30000/1001", "29.97",       "step=1.5",  "true",
                                      "off",     "0.8*4c",     "seed=123456", "flow=no",   "1e-3"};
    for (const char* word : kWords) seeds.push_back({"words", std::to_string(seeds.size()), word});
    return seeds;
}

}  // namespace reverie::fuzz
