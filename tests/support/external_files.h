// Weights files as other programs write them, made by the tests from filters that are known. The
// names are spelled out here as those programs have them, in the order of the convolutions of our
// topologies.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/net/weights.h"

namespace reverie::test {

using FilterMap = std::map<std::string, Filters>;

/// Protocol buffers' wire format, written.
class Wire {
  public:
    Wire& varint(uint32_t number, uint64_t value);
    Wire& bytes(uint32_t number, const std::string& value);
    Wire& fixed32(uint32_t number, float value);
    const std::string& text() const { return text_; }

  private:
    void raw_varint(uint64_t value);
    std::string text_;
};

/// Numbers as stored in memory, 4 or 8 bytes each.
std::string raw_floats(const std::vector<float>& values);
std::string raw_doubles(const std::vector<float>& values);

enum class CaffeForm { old, modern };  ///< V1LayerParameter with 4-D blobs, LayerParameter

/// A .caffemodel of a GoogLeNet with everything that such a file has besides convolutions: data,
/// pools, LRN where there is one, an auxiliary classifier. `classifier` is the last layer's name.
std::string caffe_model(const Graph& graph, const FilterMap& filters, CaffeForm form,
                        const std::string& classifier = "loss3/classifier");

/// A batch normalisation before each bias, and matching filters, so that both together equal
/// `filters`. The statistics are random, the same for the same seed.
struct Normalised {
    std::vector<float> weights, gamma, beta, mean, variance;
};
std::map<std::string, Normalised> normalised(const FilterMap& filters, uint32_t seed,
                                             bool with_gamma);

/// A frozen graph of Inception v3 of 2015-12-05, its BatchNormWithGlobalNormalization kept.
/// Filters are stored as tensor_content, the statistics as float_val, equal ends left out.
std::string inception_v3_pb(const Graph& graph, const FilterMap& filters, bool with_gamma);
/// inception5h; `early` has '/' in its names. LRN as the graph's nodes have it.
std::string inception5h_pb(const Graph& graph, const FilterMap& filters, bool early);

/// safetensors with torchvision's names; each name begins with `prefix`.
void write_torchvision(const std::filesystem::path& path, const Graph& graph,
                       const FilterMap& filters, const std::string& prefix = "");

void write_bytes(const std::filesystem::path& path, const std::string& bytes);

/// What `read` complains of in a file, in one line, after the file's name; "" if it takes it.
std::string complaint_of(const std::filesystem::path& path, const std::function<void()>& read);

}  // namespace reverie::test
