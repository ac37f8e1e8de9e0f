// What a result says of how it was made is read back from every container and picture, and other
// programs still read the file.
#include <fmt/format.h>

#include "src/media/recipe_file.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

std::string recipe_of_text(const char* rest) { return fmt::format("{}\n{}", kRecipeLine, rest); }

class RecipeTest : public MediaTest {
  protected:
    /// One of many pictures.
    void write(const std::string& name, const std::string& recipe) {
        SinkOptions options;
        options.width = 66;
        options.height = 50;
        options.time_base = {1, 25};
        options.frame_rate = {25, 1};
        options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
        options.recipe = recipe;
        options.codec = name.ends_with(".webm") ? "vp9" : "";
        const std::unique_ptr<Sink> sink = open_sink(at(name), options);
        VideoFrame frame = sink->acquire();
        for (int p = 0; p < frame.format().planes; ++p) {
            const int rows = frame.format().plane_height(p, frame.height());
            std::memset(frame.planes.data[p], 90 + 20 * p, frame.planes.stride_bytes[p] * rows);
        }
        frame.pts = 0;
        frame.duration = 1;
        sink->write(frame);
        sink->finish();
    }
};

TEST_F(RecipeTest, IsReadBackFromEverything) {
    const std::string recipe =
        recipe_of_text("\ncommand = \"reverie render 'a b.mp4'\"\nlook = '''ü\n\t\\'''\n");
    for (const std::string name :
         {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", "a.png", "a.jpg", "a.tif"}) {
        write(name, recipe);
        EXPECT_EQ(recipe_in(at(name)), recipe) << name;
        const std::string other = fmt::format("without_{}", name);
        write(other, "");
        EXPECT_EQ(recipe_in(at(other)), "") << name;
        EXPECT_EQ(planes_of(at(name)), planes_of(at(other))) << name;
    }
    EXPECT_THROW(recipe_in(at("nothing.mp4")), Error);
    EXPECT_THROW(recipe_in(at("nothing.png")), Error);
}

TEST_F(RecipeTest, ALongOneNeedsManyCommentsOfJpeg) {
    std::string recipe = recipe_of_text("");
    for (int i = 0; i < 30000; ++i) recipe += std::to_string(i);
    write("long.jpg", recipe);
    EXPECT_EQ(recipe_in(at("long.jpg")), recipe);
    write("short.jpg", "");
    EXPECT_EQ(planes_of(at("long.jpg")), planes_of(at("short.jpg")));
}

TEST_F(RecipeTest, DamagedPicturesHaveNone) {
    const std::string recipe = recipe_of_text(std::string(300, 'x').c_str());
    for (const std::string name : {"a.png", "a.jpg", "a.tif"}) {
        write(name, recipe);
        const std::string whole = bytes_of(name);
        for (size_t bytes = 0; bytes < whole.size(); bytes += 7) {
            const std::vector<uint8_t> part(whole.begin(),
                                            whole.begin() + static_cast<ptrdiff_t>(bytes));
            const std::string found = recipe_of(part);
            EXPECT_TRUE(found.empty() || found == recipe) << name << " " << bytes;
        }
    }
}

TEST_F(RecipeTest, APictureThatCannotBeReadIsSaid) {
    // It can be opened, and not read.
    std::filesystem::create_symlink("/proc/self/mem", at("a.png"));
    EXPECT_THROW(recipe_in(at("a.png")), Error);
}

}  // namespace
}  // namespace reverie
