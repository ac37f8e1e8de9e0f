// `reverie weights` without its command line: fetching from servers that misbehave, from folders
// and archives; the description of a network; where a name is searched. The files are made here.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "src/networks/describe.h"
#include "src/networks/download.h"
#include "src/networks/fetch.h"
#include "src/networks/find_weights.h"
#include "src/networks/import_file.h"
#include "src/util/error.h"
#include "src/util/output_file.h"
#include "tests/support/external_files.h"
#include "tests/support/naive_network.h"
#include "tests/support/picture.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    ::pclose(pipe);
    return text;
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// tests/support/range_server.py, as long as this object.
class Server {
  public:
    Server(const fs::path& folder, const fs::path& log) {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::close(ends[0]);
            ::close(ends[1]);
            ::execlp("python3", "python3", REVERIE_ROOT "/tests/support/range_server.py",
                     folder.c_str(), log.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';) port_ += c;
        ::close(ends[0]);
    }
    ~Server() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    std::string url(const std::string& way) const {
        return "http://127.0.0.1:" + port_ + "/" + way;
    }

  private:
    pid_t child_ = 0;
    std::string port_;
};

/// A folder with a small GoogLeNet as Caffe has it, and its publication.
class WeightsCommand : public testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(published());
        Graph graph = make_googlenet(LrnConstants{});
        graph_ = graph;
        graph_.nodes.resize(2);
        filters_ = test::random_filters(graph_, 3);
        graph_.nodes.push_back(graph.nodes.back());
        graph_.nodes.back().inputs = {1};
        model_ = published() / "net.caffemodel";
        test::write_bytes(model_, test::caffe_model(graph_, filters_, test::CaffeForm::modern));
        job_.publication = {"net",
                            "a network",
                            "http://127.0.0.1:1/net.caffemodel",
                            "net.caffemodel",
                            Digest::sha1,
                            output_of("sha1sum < " + model_.string()).substr(0, 40),
                            "free"};
        job_.folder = kept();
        job_.quiet = true;
    }

    fs::path published() const { return folder_.path() / "published"; }
    std::string kept() const { return folder_.path() / "data" / "weights"; }
    fs::path target() const { return fs::path(kept()) / "net.safetensors"; }
    std::string log() const { return text_of(folder_.path() / "log"); }

    std::string complaint() const {
        try {
            fetch_network(job_);
            return "";
        } catch (const Error& error) {
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
            return error.what();
        }
    }
    void expect_fetched() const {
        EXPECT_EQ(complaint(), "");
        ASSERT_TRUE(fs::exists(target()));
        EXPECT_EQ(load_weights(target()).filters.at("conv1/7x7_s2").weights,
                  filters_.at("conv1/7x7_s2").weights);
        // Nothing else is left.
        EXPECT_EQ(std::distance(fs::directory_iterator(kept()), fs::directory_iterator()), 1);
    }

    const test::TemporaryFile folder_{"weights_command"};
    Graph graph_;
    test::FilterMap filters_;
    fs::path model_;
    FetchJob job_;
};

TEST_F(WeightsCommand, FetchesFromAFolder) {
    job_.mirror = published();
    expect_fetched();
    EXPECT_EQ(load_weights(target()).metadata.at("licence"), "free");
    const std::string there = fetch_network(job_).at(0);
    EXPECT_NE(there.find("there already"), std::string::npos) << there;
    job_.overwrite = true;
    expect_fetched();
}

TEST_F(WeightsCommand, FetchesFromAServer) {
    const Server server(published(), folder_.path() / "log");
    for (const char* way : {"ranged", "plain", "moved"}) {
        job_.mirror = server.url(way);
        job_.overwrite = true;
        expect_fetched();
    }
}

TEST_F(WeightsCommand, GoesOnWhereTheConnectionBroke) {
    const Server server(published(), folder_.path() / "log");
    job_.mirror = server.url("cut");
    expect_fetched();
    EXPECT_EQ(log().substr(0, log().find("206 20000")),
              "/cut/net.caffemodel 200 0\n/cut/net.caffemodel 206 10000\n/cut/net.caffemodel ");
}

TEST_F(WeightsCommand, TheNextCallGoesOnWhereTheLastEnded) {
    const Server server(published(), folder_.path() / "log");
    job_.mirror = server.url("dead");
    const std::string said = complaint();
    EXPECT_NE(said.find("by hand"), std::string::npos) << said;
    const fs::path part = partial_download(fs::path(kept()) / "net.caffemodel");
    EXPECT_EQ(fs::file_size(part), 10000U);
    // Another mirror: the published hash shows whether the parts belong together.
    job_.mirror = server.url("ranged");
    expect_fetched();
    EXPECT_NE(log().find("/ranged/net.caffemodel 206 10000"), std::string::npos) << log();
}

TEST_F(WeightsCommand, WithoutAHashAnotherServersPartIsNotContinued) {
    const Server server(published(), folder_.path() / "log");
    job_.publication.digest = Digest::none;
    job_.mirror = server.url("dead");
    EXPECT_NE(complaint(), "");
    job_.mirror = server.url("ranged");
    expect_fetched();
    EXPECT_NE(log().find("/ranged/net.caffemodel 200 0"), std::string::npos) << log();
    EXPECT_EQ(load_weights(target()).metadata.at("source_sha256"),
              output_of("sha256sum < " + model_.string()).substr(0, 64));
}

TEST_F(WeightsCommand, AFileThatChangedMeanwhileIsFetchedAnew) {
    const Server server(published(), folder_.path() / "log");
    job_.mirror = server.url("changed");
    expect_fetched();
    EXPECT_EQ(log().find("206"), std::string::npos) << log();
}

TEST_F(WeightsCommand, AServerWithoutRangesIsAskedForTheWhole) {
    const Server server(published(), folder_.path() / "log");
    fs::create_directories(kept());
    test::write_bytes(partial_download(fs::path(kept()) / "net.caffemodel"),
                      text_of(model_).substr(0, 500));
    job_.mirror = server.url("plain");
    expect_fetched();
}

TEST_F(WeightsCommand, APartThatIsTooLongIsThrownAway) {
    const Server server(published(), folder_.path() / "log");
    fs::create_directories(kept());
    test::write_bytes(partial_download(fs::path(kept()) / "net.caffemodel"),
                      text_of(model_) + "and more");
    job_.mirror = server.url("ranged");
    expect_fetched();
    EXPECT_NE(log().find("416"), std::string::npos) << log();
}

TEST_F(WeightsCommand, AWrongHashIsRefusedAndTheFileDeleted) {
    const Server server(published(), folder_.path() / "log");
    std::string bytes = text_of(model_);
    bytes[bytes.size() / 2] ^= 1;
    test::write_bytes(model_, bytes);
    job_.mirror = server.url("ranged");
    const std::string said = complaint();
    EXPECT_NE(said.find("its SHA-1 is "), std::string::npos) << said;
    EXPECT_TRUE(fs::is_empty(kept()));
    job_.mirror = published();
    EXPECT_NE(complaint().find("its SHA-1 is "), std::string::npos);
    EXPECT_TRUE(fs::exists(model_)) << "a user's own folder is not touched";
}

TEST_F(WeightsCommand, WhatCannotBeFetchedSaysHowToImportIt) {
    const Server server(published(), folder_.path() / "log");
    for (const std::string& mirror :
         {std::string(), server.url("ranged/nowhere"), (folder_.path() / "nowhere").string()}) {
        job_.mirror = mirror;
        const std::string said = complaint();
        EXPECT_NE(said.find("reverie weights import net.caffemodel -o " + target().string()),
                  std::string::npos)
            << said;
        EXPECT_NE(said.find(job_.publication.url), std::string::npos) << said;
    }
}

TEST_F(WeightsCommand, ADownloadStopsWhenAsked) {
    const Server server(published(), folder_.path() / "log");
    const std::atomic<bool> stop{true};
    job_.stop = &stop;
    job_.mirror = server.url("ranged");
    EXPECT_THROW(fetch_network(job_), Interrupted);
    EXPECT_FALSE(fs::exists(target()));
}

TEST_F(WeightsCommand, ADownloadHasALimit) {
    const Server server(published(), folder_.path() / "log");
    Download job;
    job.url = server.url("ranged/net.caffemodel");
    job.to = folder_.path() / "got";
    job.most_bytes = 1000;
    EXPECT_THROW(download(job), Error);
    job.most_bytes = 1U << 20U;
    download(job);
    EXPECT_EQ(text_of(job.to), text_of(model_));
}

TEST_F(WeightsCommand, ImportsOutOfAnArchive) {
    test::write_bytes(published() / "readme.txt", "not this one");
    const std::string in = "cd " + published().string() + " && ";
    ASSERT_EQ(output_of(in + "tar czf ../a.tgz readme.txt net.caffemodel && "
                             "python3 -m zipfile -c ../a.zip readme.txt net.caffemodel && "
                             "tar czf ../none.tgz readme.txt && "
                             "head -c 20000 ../a.tgz > ../cut.tgz"),
              "");
    for (const char* archive : {"a.tgz", "a.zip"}) {
        ImportJob job;
        job.from = folder_.path() / archive;
        job.to = folder_.path() / "out.safetensors";
        job.overwrite = true;
        EXPECT_EQ(import_file(job).at(0), "took net.caffemodel out of the archive");
        EXPECT_EQ(load_weights(job.to).filters.size(), 1U);
    }
    for (const char* archive : {"none.tgz", "cut.tgz"}) {
        ImportJob job;
        job.from = folder_.path() / archive;
        job.to = folder_.path() / "bad.safetensors";
        EXPECT_THROW(import_file(job), Error) << archive;
        EXPECT_FALSE(fs::exists(job.to));
        EXPECT_FALSE(fs::exists(job.to.string() + ".unpacked"));
    }
}

TEST_F(WeightsCommand, AnImportThatWouldNotLoadIsNotKept) {
    filters_.begin()->second.bias[3] = NAN;
    test::write_bytes(model_, test::caffe_model(graph_, filters_, test::CaffeForm::old));
    ImportJob job;
    job.from = model_;
    job.to = folder_.path() / "bad.safetensors";
    EXPECT_THROW(import_file(job), Error);
    EXPECT_FALSE(fs::exists(job.to));
    EXPECT_FALSE(fs::exists(partial_name(job.to.string())));
}

TEST_F(WeightsCommand, InfoShowsLayersAndClasses) {
    Graph graph = make_googlenet({});
    graph.nodes.back().channels = 205;
    const fs::path file = folder_.path() / "whole.safetensors";
    test::write_weights(file, graph, test::random_filters(graph, 1),
                        {{"architecture", "googlenet"}, {"origin", "a\nb"}});
    const std::string text = weights_text(load_weights(file));
    EXPECT_NE(text.find("classes        205\n"), std::string::npos) << text;
    EXPECT_NE(text.find("origin         a?b\n"), std::string::npos) << text;
    // By hand: 7 + 2·(3 − 1) + 0 + 4·(3 − 1) of stride 4.
    EXPECT_NE(
        text.find("conv2/3x3                        convolution         192        4        19x19"),
        std::string::npos)
        << text;
}

TEST_F(WeightsCommand, FiltersAreDrawnInRgb) {
    const fs::path file = folder_.path() / "w.safetensors", png = folder_.path() / "f.png";
    graph_.nodes.pop_back();
    test::write_weights(file, graph_, filters_,
                        {{"architecture", "googlenet"}, {"channel_order", "BGR"}});
    write_picture(filters_picture(load_weights(file), 2), png, false);
    const test::Picture picture = test::read_picture(png);
    ASSERT_EQ(picture.width, 8 * (7 * 2 + 2) + 2);
    ASSERT_EQ(picture.height, picture.width);
    const std::vector<float>& weights = filters_.at("conv1/7x7_s2").weights;
    for (const int filter : {0, 9, 63}) {
        float largest = 0;
        for (int i = 0; i < 147; ++i)
            largest = std::max(largest, std::abs(weights[filter * 147 + i]));
        for (int c = 0; c < 3; ++c) {
            for (int i = 0; i < 49; ++i) {
                const int x = 2 + filter % 8 * 16 + i % 7 * 2 + 1;
                const int y = 2 + filter / 8 * 16 + i / 7 * 2;
                const float want =
                    127.5F + 127.5F * weights[filter * 147 + (2 - c) * 49 + i] / largest;
                ASSERT_NEAR(picture.planes[(c * picture.height + y) * picture.width + x], want,
                            0.51);
            }
        }
    }
    EXPECT_THROW(write_picture(filters_picture(load_weights(file)), png, false), Error);
    EXPECT_THROW(write_picture(filters_picture(load_weights(file)), "a.jpg", false), Error);
}

TEST_F(WeightsCommand, ANameIsLookedForInTheUsersFolderFirst) {
    ::setenv("XDG_DATA_HOME", folder_.path().c_str(), 1);
    const fs::path own = folder_.path() / "reverie" / "weights";
    ASSERT_EQ(user_weights_folder(), own);
    fs::create_directories(own);
    const std::string embedded = find_weights("");
    EXPECT_EQ(find_weights("googlenet"), embedded);
    fs::copy_file(embedded, own / "googlenet.safetensors");
    EXPECT_EQ(find_weights("googlenet"), own / "googlenet.safetensors");
    EXPECT_EQ(find_weights(""), embedded) << "what is fetched changes no other command";
    EXPECT_EQ(find_weights("embedded"), embedded);
    std::vector<std::string> names;
    for (const NamedWeights& named : list_weights()) names.push_back(named.name);
    EXPECT_EQ(names, (std::vector<std::string>{"googlenet", "googlenet_half", "embedded"}));
    // Names that stay unambiguous when a file of the same name is fetched.
    EXPECT_EQ(name_of_weights(embedded), "embedded");
    EXPECT_EQ(name_of_weights(own / "googlenet.safetensors"), "googlenet");
    const fs::path elsewhere = folder_.path() / "elsewhere.safetensors";
    fs::copy_file(own / "googlenet.safetensors", elsewhere);
    EXPECT_EQ(name_of_weights(fs::relative(elsewhere)), elsewhere);
    for (const fs::path& file : {fs::path(embedded), own / "googlenet.safetensors", elsewhere})
        EXPECT_TRUE(fs::equivalent(find_weights(name_of_weights(file)), file));
    ::unsetenv("XDG_DATA_HOME");
}

TEST(NamedWeights, TheSmallOneHasANameOfItsOwn) {
    const std::string small = find_weights("embedded-small");
    EXPECT_TRUE(small.ends_with("/weights/googlenet_half.safetensors")) << small;
    EXPECT_EQ(find_weights("googlenet_half"), small);
    EXPECT_EQ(name_of_weights(small), "embedded-small");
    EXPECT_NE(find_weights("embedded"), small);
    ::setenv("REVERIE_WEIGHTS", "embedded-small", 1);
    EXPECT_EQ(find_weights(""), small);
    EXPECT_EQ(find_weights("embedded"), find_weights("googlenet"));
    ::unsetenv("REVERIE_WEIGHTS");
    try {
        find_weights("embedded-smal");
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("did you mean embedded-small"), std::string::npos)
            << error.what();
    }
}

TEST(Publications, AreWhatTheirPublishersGive) {
    for (const Publication& p : publications()) {
        EXPECT_TRUE(p.url.starts_with("http")) << p.name;
        EXPECT_TRUE(p.url.ends_with("/" + p.file)) << p.name;
        const size_t digits = p.digest == Digest::sha1 ? 40 : (p.digest == Digest::sha256 ? 64 : 0);
        EXPECT_EQ(p.hash.size(), digits) << p.name;
        // Not every publisher gives a hash, but every network has a known licence.
        EXPECT_FALSE(p.licence.empty());
    }
}

}  // namespace
}  // namespace reverie
