// usage: overlay_pictures FOLDER | --time
// Draws every panel of the overlay at 1280×720 and 3840×2160 into PNG files, to be looked at. --time:
// says how long the CPU takes to draw each, and two beside each other, in ms, the median of some
// frames; and in turn with them, how long with the overlay hidden.
#include <stb/stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>

#include "src/control/modulation_edit.h"
#include "src/show/installation/installation_status.h"
#include "src/ui/choice_lists.h"
#include "src/util/error.h"
#include "tests/support/overlay_rig.h"

namespace reverie::test {
namespace {

/// Something with bright, dark and coloured places, as a picture has.
std::vector<uint8_t> sample_picture(Size size) {
    std::vector<uint8_t> bgra;
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const float u = static_cast<float>(x) / 90, v = static_cast<float>(y) / 90;
            for (int c = 2; c >= 0; --c) {
                const float wave =
                    std::sin(u * 1.3F + static_cast<float>(c)) * std::cos(v * 1.7F - u * 0.4F) +
                    0.5F * std::sin(u * v * 0.21F + static_cast<float>(2 * c));
                bgra.push_back(static_cast<uint8_t>(128 + 80 * wave));
            }
            bgra.push_back(255);
        }
    }
    return bgra;
}

void save(OverlayRig& rig, const std::filesystem::path& path) {
    const Picture8 picture = rig.context->read_back();
    require(stbi_write_png(path.c_str(), picture.size.width, picture.size.height, 4,
                           picture.rgba.data(), picture.size.width * 4) != 0,
            "cannot write " + path.string());
    std::printf("%s\n", path.c_str());
}

InstallationStatus sample_installation() {
    InstallationStatus status;
    status.on = true;
    status.state = "someone stands still";
    status.state_s = 12;
    status.motion = 0.0021F;
    status.difference = 0.083F;
    status.settings.walk_s = 90;
    status.settings.dream_when_still = true;
    status.next_preset = "filigree";
    status.next_in_s = 34;
    status.health = "/run/reverie/health.json";
    status.uptime_s = 93'784;
    return status;
}

/// Routes of all kinds, one of them of a source that there is not, and a tempo.
void sample_music(OverlayRig& rig) {
    Modulation played;
    const auto add = [&](const char* target, const char* source, double amount, float value) {
        ModulationRoute route = new_route(target, source, true);
        route.amount = amount;
        played.routes.push_back(route);
        rig.model.modulation.values.push_back(value);
    };
    add("strength", "beat", 1.5, 0.62F);
    add("zoom", "low", 0.06, 0.8F);
    add("zoom", "sine", -0.5, 0.5F);
    add("half_life", "level", 4, 0.55F);
    add("inception_4c:17", "onset", 0.7, 0.9F);
    add("inception_3b", "random", -0.6, -0.4F);
    add("rotation", "theremin", 30, 0);
    rig.model.modulation.sources = {0.55F, 0.8F, 0.35F,        0.2F,         0.9F,         0.62F,
                                    0.4F,  0.5F, std::nullopt, std::nullopt, std::nullopt, -0.4F};
    rig.model.modulation.sources.resize(kModulationSources.size(), 0.3F);
    rig.desk.resume(rig.model.params, rig.model.preset, played);
    rig.model.moved = rig.model.params;
    rig.model.moved.strength = 1.9F;
    rig.desk.perform(request::SetTempo{127.9});
    rig.desk.perform(request::SetQuantise{Quantise::bar});
    rig.frame();
}

/// Each preset's picture in colours of its own.
void sample_thumbnails(OverlayRig& rig, std::vector<StreamedTexture>& textures) {
    const Size size{128, 72};
    for (PresetStatus& preset : rig.model.presets) {
        const size_t number = textures.size();
        if (number == 8) break;  // the others are still to come
        std::vector<uint8_t> bgra;
        for (int i = 0; i < size.width * size.height; ++i) {
            const float u = static_cast<float>(i % size.width) / 20;
            const float v = static_cast<float>(i) / static_cast<float>(20 * size.width);
            for (int c = 0; c < 3; ++c) {
                const auto k =
                    static_cast<float>(c + 1) * (0.6F + 0.3F * static_cast<float>(number));
                bgra.push_back(static_cast<uint8_t>(120 + 90 * std::sin(u * k) * std::cos(v + k)));
            }
            bgra.push_back(255);
        }
        textures.emplace_back().upload_bgra8(size, bgra.data(), size.width * 4);
        preset.picture = textures.back().texture().id();
        preset.picture_size = size;
    }
}

void shoot_music(OverlayRig& rig, const std::filesystem::path& folder, const std::string& size) {
    rig.overlay.open(Panel::modulation);
    rig.overlay.open(Panel::presets, true);
    rig.move(2000, 300);
    rig.frame();
    rig.click("route/zoom/sine");
    rig.click("cue/4", {.control = true});
    rig.move(2000, 300);
    rig.frame();
    rig.frame();
    save(rig, folder / ("music_" + size + ".png"));
    rig.click("route/rotation/theremin");
    rig.click("modulation/add");
    rig.frame();
    rig.frame();
    save(rig, folder / ("music2_" + size + ".png"));
    rig.key(Key::f3);
    rig.click("column/close");
    rig.move(2000, 300);
    rig.frame();
    save(rig, folder / ("moved_" + size + ".png"));
}

/// A score that plays, with one of its parameters in a hand, and a keyframe that is edited; then an
/// empty one that records.
void shoot_scores(OverlayRig& rig, const std::filesystem::path& folder, const std::string& size) {
    rig.overlay.open(Panel::scores);
    rig.frame();
    rig.click("score/open/night");
    rig.desk.perform(request::SetScoreSnap{ScoreSnap::beat});
    rig.desk.perform(request::PlayScore{Switch::on});
    rig.desk.advance(9);
    rig.desk.perform(request::SetParam{"zoom", 1.02});
    rig.frame();
    const UiRect lane = rig.rect("score/lane/strength");
    const float mark = rig.ui.px(5);
    rig.click("score/lane/strength", {},
              (mark + 16.0F / 32 * (lane.right - lane.left - 2 * mark)) / (lane.right - lane.left));
    rig.move(2000, 300);
    rig.frame();
    rig.frame();
    save(rig, folder / ("scores_" + size + ".png"));
    rig.click("score/zoom in");
    rig.click("score/zoom in");
    rig.move(2000, 300);
    rig.frame();
    save(rig, folder / ("scores2_" + size + ".png"));
    rig.desk.perform(request::OpenScore{""});
    rig.desk.perform(request::RecordScore{Switch::on});
    rig.desk.perform(request::SetScoreSnap{ScoreSnap::off});
    rig.frame();
    rig.frame();
    save(rig, folder / ("scores3_" + size + ".png"));
    rig.desk.perform(request::RecordScore{Switch::off});
}

ChannelPicture channel_of(AtlasTiles& tiles, const char* layer, int channel, const char* words) {
    ChannelPicture one{layer, channel, words, {}, {layer, channel}, channel % 3 == 0};
    while (one.picture.texture == 0) {  // until its sheet is decoded
        tiles.take();
        one.picture = tiles.find(layer, channel);
    }
    return one;
}

/// What is seen in two pictures, one word of which just appears; a field of channels; and two of them
/// on the desk.
void sample_sight(OverlayRig& rig, AtlasTiles& tiles) {
    SightStatus& sight = rig.model.sight;
    sight.named = true;
    sight.picture = {1280, 720};
    sight.layers = {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"};
    const auto word = [&](const char* said, float strength, float x, float y, int channel) {
        return SightedWord{said, strength, x, y, channel_of(tiles, "inception_4e", channel, said)};
    };
    sight.seen[0] = {word("cars", 0.95F, 0.3F, 0.6F, 601),
                     word("wheel", 0.6F, 0.45F, 0.75F, 525),
                     {},
                     word("caterpillar", 0.12F, 0.8F, 0.1F, 244)};
    sight.seen[1] = {word("eyes", 1, 0.7F, 0.4F, 416), word("dog", 0.8F, 0.35F, 0.5F, 287),
                     word("landscape", 0.45F, 0.5F, 0.95F, 419),
                     word("fur", 0.7F, 0.96F, 0.7F, 74)};
    for (int channel = 0; channel < 64; ++channel)
        sight.field.push_back(channel_of(tiles, "inception_4e", 5 * channel, "eyes, dog"));
    for (const int channel : {17, 40}) {
        const std::string name = strip_name("inception_4c", channel);
        sight.strips[name] = channel_of(tiles, "inception_4c", channel, "eyes, dog, faces");
        rig.desk.perform(request::SetStrip{"inception_4c", channel, 0.8F});
    }
    rig.desk.perform(request::SetStrip{"inception_4e", 15, 1});
}

/// The panel, the view with and without panels, and faders with pictures.
void shoot_sight(OverlayRig& rig, const std::filesystem::path& folder, const std::string& size) {
    AtlasTiles tiles;
    tiles.use(REVERIE_ROOT "/weights/googlenet.safetensors");
    sample_sight(rig, tiles);
    const auto shoot_as = [&](const char* name) {
        rig.move(2000, 300);
        rig.frame();
        rig.frame();
        save(rig, folder / (name + size + ".png"));
    };
    rig.overlay.open(Panel::sight);
    shoot_as("sight_");
    rig.overlay.open(Panel::layers);
    shoot_as("strips_");
    rig.overlay.open(Panel::sight);
    rig.desk.perform(request::ChangeView{ViewChange::sight});
    shoot_as("view_beside_");
    rig.overlay.show(false);
    shoot_as("view_");
    rig.model.sight.seen = {};
    shoot_as("view_empty_");
    rig.overlay.show(true);
    rig.desk.perform(request::ChangeView{ViewChange::sight});
    rig.model.sight = {};
}

/// Columns of layers in the matrix, one of which moves something.
void shoot_watched(OverlayRig& rig, const std::filesystem::path& folder, const std::string& size) {
    rig.overlay.open(Panel::modulation);
    rig.frame();
    for (const char* layer : {"inception_3a", "conv1/7x7_s2"}) {
        rig.click("modulation/watch");
        rig.frame();
        rig.click(std::string("modulation/watch/") + layer);
        rig.frame();
    }
    rig.click("route/strength/activation:inception_3a");
    rig.frame();
    rig.click("source/activation:conv1/7x7_s2");
    rig.move(2000, 300);
    rig.frame();
    rig.frame();
    save(rig, folder / ("watched_" + size + ".png"));
    rig.key(Key::escape);
}

/// An installation in which nobody is there, something flashes, and something hangs.
void shoot_installation(OverlayRig& rig, const std::filesystem::path& folder,
                        const std::string& size) {
    InstallationStatus& status = rig.model.installation;
    status.state = "nobody is there";
    status.attract = "the last minute";
    status.settings.attract = AttractMode::memory;
    status.settings.walk_s = 0;
    status.motion = status.difference = 0;
    status.held_share = 0.34F;
    status.limited_frames = 128;
    status.watchdog = "the source gives the same picture";
    status.reopened = 2;
    status.health.clear();
    rig.overlay.open(Panel::installation);
    rig.frame();
    rig.frame();
    save(rig, folder / ("installation2_" + size + ".png"));
    status = sample_installation();
}

void shoot_panels(OverlayRig& rig, const std::filesystem::path& folder, const std::string& size) {
    rig.model.installation = sample_installation();
    for (int i = 0; i < kPanels; ++i) {
        const auto panel = static_cast<Panel>(i);
        rig.overlay.open(panel);
        if (panel == Panel::layers) {
            rig.frame();
            rig.click("inception_4c/name");
        }
        rig.move(2000, 300);
        rig.frame();
        rig.frame();
        save(rig, folder / (std::string(name_of(panel)) + "_" + size + ".png"));
        rig.model.focus_layer.clear();
    }
}

/// Two columns, trouble, a tooltip.
void shoot_busy(OverlayRig& rig, const std::filesystem::path& folder, const std::string& size) {
    rig.model.source = {.spec = "clips/a film with a rather long name that nobody would type.mkv",
                        .detail = "1920×1080, 29.97/s",
                        .health = Health::trouble,
                        .message = "cannot be read further: dreaming on the last frame",
                        .is_file = true,
                        .position_s = 83,
                        .duration_s = 754,
                        .sections = source_sections(false)};
    rig.model.outputs[0].running = true;
    rig.model.outputs[0].seconds = 75;
    rig.model.outputs[0].frames = 2248;
    rig.model.outputs[0].dropped = 12;
    rig.model.outputs[3].health = Health::trouble;
    rig.model.outputs[3].message = "rtmp://a.example/live: connection refused; is the server up?";
    rig.model.crossfade = {"fur", "neon", 0.4F, false};
    rig.model.preparing = "1280×720";
    rig.desk.perform(request::Freeze{Switch::on});
    rig.model.messages = {{"snapshot saved: ~/Pictures/reverie-0714.png", Health::good, 1},
                          {"disk full: the recording was closed and plays", Health::trouble, 0.2}};
    rig.overlay.open(Panel::source);
    rig.overlay.open(Panel::output, true);
    rig.frame();
    rig.frame();
    save(rig, folder / ("busy_" + size + ".png"));
    rig.overlay.open(Panel::presets);
    rig.overlay.open(Panel::motion, true);
    rig.frame();
    rig.point_at("half_life");
    rig.frame();
    rig.wait(0.5);
    rig.frame();
    save(rig, folder / ("busy2_" + size + ".png"));
    rig.overlay.show_help(true);
    rig.frame();
    rig.frame();
    save(rig, folder / ("help_" + size + ".png"));
}

/// Of this thread alone: what other programs and the drivers' own threads do does not count.
double cpu_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

/// Milliseconds of the CPU for a frame of the overlay.
double frame_ms(OverlayRig& rig, Size size) {
    rig.context->bind();
    const double begun_ms = cpu_ms();
    rig.ui.begin_frame({}, size, rig.context->scale(), 1.0 / 60);
    rig.overlay.draw(rig.ui, rig.model);
    rig.ui.end_frame();
    return cpu_ms() - begun_ms;
}

/// The panels, frame by frame in turn with the overlay hidden, so that both meet the same machine.
void time_panels(Size size) {
    constexpr int kFrames = 61;
    OverlayRig rig(size);
    sample_music(rig);
    rig.desk.perform(request::OpenScore{"night"});
    rig.frame();
    const auto time = [&](const std::string& name, Panel left, Panel right, bool two) {
        rig.overlay.open(left);
        if (two) rig.overlay.open(right, true);
        std::vector<double> shown, hidden;
        for (int n = 0; n < kFrames; ++n) {
            rig.overlay.show(n % 2 == 0);
            (n % 2 == 0 ? shown : hidden).push_back(frame_ms(rig, size));
        }
        rig.overlay.show(true);
        for (std::vector<double>* ms : {&shown, &hidden})
            std::nth_element(ms->begin(), ms->begin() + static_cast<std::ptrdiff_t>(ms->size() / 2),
                             ms->end());
        std::printf("%-24s %4d  %.3f, hidden %.3f\n", name.c_str(), size.height,
                    shown[shown.size() / 2], hidden[hidden.size() / 2]);
    };
    for (int i = 0; i < kPanels; ++i)
        time(std::string(name_of(static_cast<Panel>(i))), static_cast<Panel>(i), Panel::dream,
             false);
    time("Modulation and Scores", Panel::modulation, Panel::scores, true);
    time("Layers and Presets", Panel::layers, Panel::presets, true);
}

void shoot(Size size, const std::filesystem::path& folder) {
    OverlayRig rig(size);
    const Size picture_size{1280, 720};
    const std::vector<uint8_t> bgra = sample_picture(picture_size);
    StreamedTexture picture;
    picture.upload_bgra8(picture_size, bgra.data(), picture_size.width * 4);
    rig.pictures.dream = rig.pictures.source = &picture.texture();
    const std::string name = std::to_string(size.height);
    shoot_panels(rig, folder, name);
    shoot_installation(rig, folder, name);
    std::vector<StreamedTexture> thumbnails;
    sample_thumbnails(rig, thumbnails);
    sample_music(rig);
    shoot_music(rig, folder, name);
    shoot_watched(rig, folder, name);
    shoot_sight(rig, folder, name);
    shoot_scores(rig, folder, name);
    shoot_busy(rig, folder, name);
}

}  // namespace
}  // namespace reverie::test

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: overlay_pictures FOLDER | --time\n");
        return 2;
    }
    try {
        if (std::string(argv[1]) == "--time") {
            reverie::test::time_panels({1280, 720});
            reverie::test::time_panels({3840, 2160});
            return 0;
        }
        const std::filesystem::path folder = argv[1];
        std::filesystem::create_directories(folder);
        reverie::test::shoot({1280, 720}, folder);
        reverie::test::shoot({3840, 2160}, folder);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "overlay_pictures: %s\n", error.what());
        return 1;
    }
    return 0;
}
