// Weights files as users have them: numbers are read correctly, and each kind of damage gives one
// clear line.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "src/net/safetensors.h"
#include "src/net/weights.h"
#include "src/util/error.h"
#include "tests/support/external_files.h"
#include "tests/support/naive_network.h"

namespace reverie::weights_file_test {
namespace {

using test::TemporaryFile;

std::string with_length(const std::string& header, uint64_t length) {
    std::string bytes;
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i));
    return bytes + header;
}

std::string read_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The error of load_weights for a file, after the file's name; "" if it is accepted.
std::string complaint(const std::filesystem::path& path) {
    return test::complaint_of(path, [&] { load_weights(path); });
}

std::string complaint_about_bytes(const std::string& bytes) {
    const TemporaryFile file("bytes.safetensors");
    test::write_bytes(file.path(), bytes);
    return complaint(file.path());
}

std::string complaint_about_header(const std::string& header, size_t data_bytes = 64) {
    return complaint_about_bytes(with_length(header, header.size()) + std::string(data_bytes, 0));
}

/// A header with a single tensor `t`.
std::string tensor(const std::string& type, const std::string& shape, const std::string& offsets) {
    return R"({"t":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
           "}}";
}

/// The first convolution of GoogLeNet alone.
struct FirstLayer {
    Graph graph = make_googlenet({});
    std::map<std::string, Filters> filters;
    std::map<std::string, std::string> metadata{{"architecture", "googlenet"}};

    FirstLayer() {
        graph.nodes.resize(2);
        filters = test::random_filters(graph, 1);
    }
    Filters& first() { return filters.begin()->second; }
    std::string complaint_about_it() const {
        const TemporaryFile file("first_layer.safetensors");
        test::write_weights(file.path(), graph, filters, metadata);
        return complaint(file.path());
    }
};

/// The value that the 16 bits of a half or bfloat16 stand for, by the formats' definition.
double by_definition(uint16_t bits, int exponent_bits, int mantissa_bits) {
    const int exponent = (bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
    const int mantissa = bits & ((1 << mantissa_bits) - 1);
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1)
        return mantissa == 0 ? sign * INFINITY : std::numeric_limits<double>::quiet_NaN();
    const double fraction = std::ldexp(mantissa, -mantissa_bits);
    return exponent == 0 ? sign * std::ldexp(fraction, 1 - bias)
                         : sign * std::ldexp(1 + fraction, exponent - bias);
}

void check_all_halves(const std::string& type, int exponent_bits, int mantissa_bits) {
    std::string data;
    for (int bits = 0; bits < 65536; ++bits) {
        data += static_cast<char>(bits);
        data += static_cast<char>(bits >> 8);
    }
    const std::string header = tensor(type, "[256,256]", "[0,131072]");
    const TemporaryFile file(type);
    test::write_bytes(file.path(), with_length(header, header.size()) + data);
    const SafetensorsFile read(file.path());
    EXPECT_EQ(read.shape("t"), (std::vector<int64_t>{256, 256}));
    const std::vector<float> values = read.values("t");
    for (int bits = 0; bits < 65536; ++bits) {
        const double want =
            by_definition(static_cast<uint16_t>(bits), exponent_bits, mantissa_bits);
        const float got = values[bits];
        ASSERT_TRUE(std::isnan(want) ? std::isnan(got)
                                     : got == want && std::signbit(got) == std::signbit(want))
            << type << " " << bits << ": " << got << ", not " << want;
    }
}

TEST(Safetensors, EveryHalfIsRead) { check_all_halves("F16", 5, 10); }

TEST(Safetensors, EveryBfloat16IsRead) { check_all_halves("BF16", 8, 7); }

TEST(Safetensors, WhatIsWrittenIsReadBack) {
    const TemporaryFile file("round_trip.safetensors");
    const std::vector<float> values{0.1F, -0.0F, 1e-40F, 3e38F, INFINITY, 7};
    write_safetensors(file.path(), {{"a", {2, 3}, values}, {"none", {0, 4}, {}}, {"ö", {}, {2}}},
                      {{"key", "value with \"quotes\"\nand lines"}});
    const SafetensorsFile read(file.path());
    EXPECT_EQ(read.names(), (std::vector<std::string>{"a", "none", "ö"}));
    EXPECT_EQ(read.values("a"), values);
    EXPECT_EQ(read.shape("a"), (std::vector<int64_t>{2, 3}));
    EXPECT_TRUE(read.values("none").empty());
    EXPECT_EQ(read.values("ö"), std::vector<float>{2});
    EXPECT_EQ(read.metadata("key", ""), "value with \"quotes\"\nand lines");
    EXPECT_EQ(read.metadata("other", "fallback"), "fallback");
}

TEST(WeightsFile, ThatIsNoFile) {
    EXPECT_EQ(complaint("/nonexistent/w.safetensors"), ": No such file or directory");
    EXPECT_EQ(complaint("/"), " is a folder; give a file in it");
    const TemporaryFile pipe("pipe");
    ASSERT_EQ(::mkfifo(pipe.path().c_str(), 0600), 0);
    EXPECT_EQ(complaint(pipe.path()), " is not a file");  // and does not wait for a writer
}

TEST(WeightsFile, ThatIsCutOff) {
    EXPECT_NE(complaint_about_bytes("").find(": an empty file; get it again"), std::string::npos);
    for (const size_t size : {1, 7}) {
        EXPECT_NE(complaint_about_bytes(std::string(size, '\xFE')).find(": no safetensors file"),
                  std::string::npos);
    }
    const std::string too_long =
        ": the header is longer than the file: not a safetensors file, or cut off";
    EXPECT_EQ(complaint_about_bytes(with_length("{}", 3)), too_long);
    EXPECT_EQ(complaint_about_bytes(with_length("{}", UINT32_MAX)), too_long);
    for (const uint64_t length : {UINT64_MAX, UINT64_MAX - 7}) {
        EXPECT_NE(complaint_about_bytes(with_length("{}", length)).find(": no safetensors file"),
                  std::string::npos);
    }
    EXPECT_EQ(complaint_about_header(tensor("F32", "[16]", "[0,64]"), 63),
              ": tensor t lies outside the file: cut off or damaged");
}

TEST(WeightsFile, WhoseHeaderIsBroken) {
    const std::string no_json = ": the header is not JSON: not a safetensors file, or damaged";
    for (const std::string header :
         {"{", "[]", "null", "\"text\"", "{\"a\":}", "{}x", "\xFF\xFE", "{\"a\xC0\":1}", "1e999"}) {
        EXPECT_EQ(complaint_about_header(header), no_json) << header;
    }
    constexpr size_t kDepth = 1U << 20U;
    EXPECT_EQ(complaint_about_header(std::string(kDepth, '[')), no_json);
    EXPECT_EQ(complaint_about_header("{\"a\":" + std::string(kDepth, '[') +
                                     std::string(kDepth, ']') + "}"),
              ": tensor a lacks dtype, shape or data_offsets");
    EXPECT_EQ(complaint_about_header(R"({"__metadata__":[]})"), ": the metadata is not an object");
    for (const std::string entry : {"1", "{}", R"({"dtype":"F32","shape":[1]})",
                                    R"({"dtype":1,"shape":[1],"data_offsets":[0,4]})",
                                    R"({"dtype":"F32","shape":4,"data_offsets":[0,4]})",
                                    R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})"}) {
        EXPECT_EQ(complaint_about_header("{\"a\":" + entry + "}"),
                  ": tensor a lacks dtype, shape or data_offsets");
    }
    const std::string twice = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
    EXPECT_EQ(complaint_about_header("{" + twice + "," + twice + "}"),
              ": the header has a twice: it is damaged");
    EXPECT_EQ(complaint_about_header(
                  R"({"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}})"),
              ": the header has dtype twice: it is damaged");
}

TEST(WeightsFile, WhoseTensorsAreImpossible) {
    const auto says = [](const std::string& shape, const std::string& offsets) {
        return complaint_about_header(tensor("F32", shape, offsets));
    };
    for (const char* shape :
         {"[-1]", "[1.5]", "[\"1\"]", "[null]", "[4294967296]", "[18446744073709551615]"}) {
        EXPECT_EQ(says(shape, "[0,4]"), ": tensor t has an impossible shape") << shape;
    }
    // Extents whose product would wrap round to a small number.
    EXPECT_EQ(says("[2147483647,2147483647,2147483647]", "[0,4]"),
              ": tensor t is larger than the file");
    EXPECT_EQ(says("[65536,65536,65536,65536]", "[0,0]"), ": tensor t is larger than the file");
    EXPECT_EQ(says("[2]", "[0,4]"), ": tensor t has a shape that does not match its bytes");
    EXPECT_EQ(says("[0,2147483647]", "[0,4]"),
              ": tensor t has a shape that does not match its bytes");
    for (const char* offsets : {"[-4,0]", "[0.0,4.0]", "[null,4]"})
        EXPECT_EQ(says("[1]", offsets), ": tensor t has impossible offsets") << offsets;
    for (const char* offsets : {"[4,0]", "[64,68]", "[18446744073709551612,18446744073709551615]"})
        EXPECT_EQ(says("[1]", offsets), ": tensor t lies outside the file: cut off or damaged");
    EXPECT_EQ(complaint_about_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                     R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})"),
              ": two tensors overlap: the header is damaged");
    EXPECT_EQ(complaint_about_header(tensor("I8", "[4]", "[0,4]")),
              ": tensor t is of type I8; F32, F16 and BF16 can be read");
}

TEST(WeightsFile, NamesFromTheFileCannotBreakTheLine) {
    const std::string name = R"(a\n\u0007)" + std::string(1000, 'x');
    EXPECT_EQ(complaint_about_header("{\"" + name + "\":1}"),
              ": tensor a??" + std::string(77, 'x') + "… lacks dtype, shape or data_offsets");
    FirstLayer file;
    file.metadata["architecture"] = "a\nb" + std::string(1000, 'y');
    EXPECT_EQ(file.complaint_about_it(), ": unknown architecture 'a?b" + std::string(77, 'y') +
                                             "…'; known are " + kArchitectures);
}

TEST(WeightsFile, ThatFitsNoTopology) {
    EXPECT_EQ(FirstLayer().complaint_about_it(), "");
    FirstLayer none;
    none.metadata.clear();
    EXPECT_EQ(none.complaint_about_it().find(
                  " do not name their architecture in the metadata; known are " +
                  std::string(kArchitectures) + "; "),
              0U);
    FirstLayer other;
    other.metadata["architecture"] = "vgg16";
    EXPECT_EQ(other.complaint_about_it(),
              ": unknown architecture 'vgg16'; known are " + std::string(kArchitectures));
    other.metadata["architecture"] = "inception_v3";
    EXPECT_EQ(other.complaint_about_it(), " hold no layer of inception_v3 that the input reaches");
    FirstLayer layout;
    layout.metadata["tensor_layout"] = "HWIO";
    EXPECT_EQ(layout.complaint_about_it(),
              ": the metadata tensor_layout is 'HWIO'; only OIHW can be read");
    for (const char* mean : {"1 2", "a b c", "nan 0 0", "1e999 0 0", ""}) {
        FirstLayer file;
        file.metadata["input_mean"] = mean;
        EXPECT_EQ(file.complaint_about_it(),
                  ": the metadata input_mean and input_scale must be three numbers and a positive "
                  "one")
            << mean;
    }
}

TEST(WeightsFile, WhoseNormalisationIsImpossible) {
    for (const char* lrn : {"5", "4 1e-4 0.75 1", "0 1 1 1", "65 1e-4 0.75 1", "5 -1 0.75 1",
                            "5 1e-4 0.75 0", "5 nan 0.75 1", "99999999999 1 1 1"}) {
        FirstLayer file;
        file.metadata["lrn"] = lrn;
        EXPECT_EQ(file.complaint_about_it(), ": the metadata lrn is '" + std::string(lrn) +
                                                 "', not none or an odd size, alpha, beta and k");
    }
}

TEST(WeightsFile, KnowsAsManyClassesAsItsClassifierHas) {
    for (const int classes : {3, 1001}) {
        Graph graph = make_googlenet({});
        graph.nodes.back().channels = classes;
        const TemporaryFile file("classes.safetensors");
        test::write_weights(file.path(), graph, test::random_filters(graph, 1),
                            {{"architecture", "googlenet"}});
        const Weights weights = load_weights(file.path());
        EXPECT_EQ(weights.graph.nodes.back().name, "loss3/classifier");
        EXPECT_EQ(weights.graph.nodes.back().channels, classes);
    }
}

TEST(WeightsFile, WhoseFiltersAreWrong) {
    FirstLayer wide;
    wide.graph.nodes[1].kernel_width = 9;
    wide.filters = test::random_filters(wide.graph, 1);
    EXPECT_EQ(wide.complaint_about_it(),
              ": tensor conv1/7x7_s2.weight is 64x3x7x9; googlenet has 64x3x7x7 there");
    for (const float value : {NAN, INFINITY, -INFINITY}) {
        FirstLayer file;
        file.first().weights[100] = value;
        EXPECT_EQ(file.complaint_about_it(), std::string(": tensor conv1/7x7_s2.weight is ") +
                                                 (std::isnan(value) ? "not a number" : "infinite") +
                                                 " at value 100: the file is damaged");
        FirstLayer bias;
        bias.first().bias[63] = value;
        EXPECT_EQ(bias.complaint_about_it(), std::string(": tensor conv1/7x7_s2.bias is ") +
                                                 (std::isnan(value) ? "not a number" : "infinite") +
                                                 " at value 63: the file is damaged");
    }
}

TEST(WeightsFile, WithoutABias) {
    const FirstLayer layer;
    const TemporaryFile file("no_bias.safetensors");
    const std::vector<float>& weights = layer.filters.begin()->second.weights;
    write_safetensors(file.path(), {{"conv1/7x7_s2.weight", {64, 3, 7, 7}, weights}},
                      layer.metadata);
    EXPECT_EQ(complaint(file.path()), " have no tensor conv1/7x7_s2.bias, only its other half");
    write_safetensors(file.path(), {{"conv1/7x7_s2.bias", {64}, std::vector<float>(64)}},
                      layer.metadata);
    EXPECT_EQ(complaint(file.path()), " have no tensor conv1/7x7_s2.weight, only its other half");
}

/// One random change: of a byte, of a run of bytes, of a number, of the length.
void mutate(std::string& bytes, size_t header_end, std::mt19937& random) {
    // Mostly in the header: the data is only numbers.
    const size_t range = random() % 8 == 0 ? bytes.size() : header_end;
    const size_t at = random() % range;
    const size_t count = 1 + random() % 16;
    static const std::string kNumbers[] = {"-1",   "0", "4294967296", "18446744073709551616",
                                           "1e99", "[", "{",          "\"",
                                           ":",    ",", "}",          "null"};
    switch (random() % 6) {
        case 0:
            bytes[at] = static_cast<char>(random());
            break;
        case 1:
            bytes[at] = static_cast<char>(bytes[at] ^ (1U << (random() % 8)));
            break;
        case 2:
            bytes.erase(at, count);
            break;
        case 3:
            bytes.insert(at, bytes.substr(random() % range, count));
            break;
        case 4:
            bytes.replace(at, std::min<size_t>(count, 3), kNumbers[random() % 12]);
            break;
        default:
            bytes.resize(random() % bytes.size());
    }
}

TEST(WeightsFile, DamagedAtRandomIsTakenOrRefused) {
    const FirstLayer layer;
    const TemporaryFile file("fuzz.safetensors");
    test::write_weights(file.path(), layer.graph, layer.filters, layer.metadata);
    const std::string valid = read_bytes(file.path());
    const size_t header_end = 8 + static_cast<unsigned char>(valid[0]) +
                              256 * static_cast<size_t>(static_cast<unsigned char>(valid[1]));
    ASSERT_LT(header_end, 1000U);
    std::mt19937 random(1);
    int taken = 0, refused = 0;
    for (int i = 0; i < 2000; ++i) {
        std::string bytes = valid;
        for (size_t n = 1 + random() % 3; n > 0 && !bytes.empty(); --n)
            mutate(bytes, std::min(header_end, bytes.size()), random);
        test::write_bytes(file.path(), bytes);
        ++(complaint(file.path()).empty() ? taken : refused);
    }
    EXPECT_GT(taken, 20);
    EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace reverie::weights_file_test
