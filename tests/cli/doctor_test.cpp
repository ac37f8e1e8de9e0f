#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "src/media/libav_facts.h"
#include "src/util/error.h"

namespace reverie {
namespace {

TEST(Sha256OfFile, AgreesWithTheStandardsExamples) {
    // FIPS 180-2, appendix B, and the empty message.
    const std::string path = std::filesystem::temp_directory_path() / "reverie_sha256_test";
    std::ofstream(path) << "abc";
    EXPECT_EQ(sha256_of_file(path),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    std::ofstream(path) << std::string(1000000, 'a');
    EXPECT_EQ(sha256_of_file(path),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    std::ofstream(path).flush();
    EXPECT_EQ(sha256_of_file(path),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    std::filesystem::remove(path);
    EXPECT_THROW(sha256_of_file(path), Error);
    // It can be opened, and not read.
    EXPECT_THROW(sha256_of_file("/proc/self/mem"), Error);
}

TEST(LibavVersions, AreNumbers) {
    EXPECT_NE(libav_versions().find("libavcodec "), std::string::npos);
}

}  // namespace
}  // namespace reverie
