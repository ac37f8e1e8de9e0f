// Sheets of an atlas: where they lie, and that an unfinished one goes on after any end; and names of
// channels from a file.
#include "src/networks/atlas_files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/networks/open_network.h"
#include "src/util/error.h"
#include "tests/support/error_of.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "reverie_atlas_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

void write_file(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

TEST(AtlasFiles, FindsWhatWasMadeBeforeWhatWasShipped) {
    const TemporaryFolder folder;
    ::setenv("XDG_CACHE_HOME", (folder.path() / "cache").c_str(), 1);
    const AtlasFiles files(folder.path() / "net.safetensors", "0123456789abcdef0123");
    EXPECT_TRUE(files.find("inception_3a/1x1").empty());
    const fs::path shipped = folder.path() / "atlas" / "0123456789abcdef" / "inception_3a-1x1.webp";
    write_file(shipped, "a");
    EXPECT_EQ(files.find("inception_3a/1x1"), shipped);
    EXPECT_TRUE(files.find_made("inception_3a/1x1").empty());
    const fs::path made = files.to_make("inception_3a/1x1");
    write_file(made, "b");
    EXPECT_EQ(files.find("inception_3a/1x1"), made);
    EXPECT_EQ(files.find_made("inception_3a/1x1"), made);
    // Other bytes are another network's.
    EXPECT_TRUE(AtlasFiles(folder.path() / "net.safetensors", "ff23456789abcdef0123")
                    .find("inception_3a/1x1")
                    .empty());
}

TEST(UnfinishedSheet, GoesOnAfterAnyEnd) {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "sheet.unfinished";
    {
        UnfinishedSheet sheet(path, 3);
        EXPECT_EQ(sheet.tiles(), 0);
        sheet.append({1, 2, 3});
        sheet.append({4, 5, 6});
        EXPECT_NE(test::error_of([&] { UnfinishedSheet(path, 3); }).find("another reverie atlas"),
                  std::string::npos);
    }
    fs::resize_file(path, 5);  // killed in the middle of the second
    {
        UnfinishedSheet sheet(path, 3);
        EXPECT_EQ(sheet.tiles(), 1);
        sheet.append({7, 8, 9});
        EXPECT_EQ(sheet.bytes(), (std::vector<uint8_t>{1, 2, 3, 7, 8, 9}));
        EXPECT_THROW(sheet.append({1}), Error);
        sheet.remove();
    }
    EXPECT_FALSE(fs::exists(path));
    EXPECT_THROW(UnfinishedSheet(folder.path() / "no" / "folder", 3), Error);
}

class Names : public testing::Test {
  protected:
    Names() : device_(open_device({"cpu", 1})) {
        for (const char* name : {"googlenet.safetensors", "googlenet_half.safetensors"})
            fs::create_symlink(fs::path(REVERIE_ROOT "/weights") / name, folder_.path() / name);
    }
    std::unique_ptr<Network> open(const char* name) {
        return open_network(*device_, folder_.path() / name, DType::f32, ConvKind::fast);
    }
    std::string complaint(const std::string& names) {
        write_file(folder_.path() / "googlenet.names.toml", names);
        const std::string said = test::error_of([&] { open("googlenet.safetensors"); });
        return said.substr(said.find("names.toml") == std::string::npos
                               ? 0
                               : said.find("names.toml") + sizeof "names.toml" - 1);
    }

    TemporaryFolder folder_;
    std::unique_ptr<Device> device_;
};

TEST_F(Names, AreThoseOfTheFileBesideTheWeights) {
    EXPECT_TRUE(open("googlenet.safetensors")->names().words().empty());
    const std::unique_ptr<Network> small = open("googlenet_half.safetensors");
    std::string text = "[inception_4c]\n";
    for (int c = 0; c < 512; ++c) text += std::to_string(c) + " = [0.5, \"eyes\", \"dog\"]\n";
    write_file(folder_.path() / "googlenet.names.toml", text);
    const ChannelNames all = open("googlenet.safetensors")->names();
    EXPECT_EQ(all.words(), (std::vector<std::string>{"dog", "eyes"}));
    ASSERT_EQ(all.find("eye").size(), 512U);
    EXPECT_EQ(all.find("DOGS")[3].layer, "inception_4c");
    EXPECT_EQ(all.find("DOGS")[3].sure, 0.5F);
    EXPECT_TRUE(all.find("cat").empty());
    // The small one has those that it has kept, under its own numbers.
    const ChannelNames kept = open("googlenet_half.safetensors")->names();
    EXPECT_EQ(static_cast<int>(kept.find("eyes").size()), small->find("inception_4c").channels);
    for (const NamedChannel& named : kept.channels())
        EXPECT_LT(named.channel, small->find("inception_4c").channels);
}

TEST_F(Names, SayWhatIsWrongAndWhere) {
    EXPECT_EQ(complaint("[inception_4c]\n600 = [1, \"a\"]\n"), ":2: there is no inception_4c:600");
    EXPECT_EQ(complaint("[inception_9]\n6 = [1, \"a\"]\n"), ":2: there is no inception_9:6");
    EXPECT_EQ(complaint("[inception_4c]\nx = [1, \"a\"]\n"), ":2: 'x' is no number of a channel");
    for (const char* row : {"[0, \"a\"]", "[2, \"a\"]", "[0.5]", "\"a\"", "[\"a\", \"b\"]"}) {
        EXPECT_EQ(complaint(std::string("[inception_4c]\n\n6 = ") + row),
                  R"(:3: expected [how sure, "word", …], how sure above 0 and at most 1)");
    }
    EXPECT_EQ(complaint("[inception_4c]\n6 = [1, 2]\n"), ":2: expected a word");
    EXPECT_EQ(complaint("inception_4c = 1\n"), ":1: expected a table for each layer");
    EXPECT_EQ(complaint("[inception_4c\n").substr(0, 3), ":1:");
}

TEST_F(Names, ThoseThatAreEmbeddedAreRight) {
    fs::create_symlink(REVERIE_ROOT "/weights/googlenet.names.toml",
                       folder_.path() / "googlenet.names.toml");
    for (const char* name : {"googlenet.safetensors", "googlenet_half.safetensors"}) {
        const ChannelNames names = open(name)->names();
        EXPECT_GT(names.find("eyes").size(), 5U);
        EXPECT_GT(names.find("dog").size(), 3U);
    }
}

}  // namespace
}  // namespace reverie
