// Shared by the readers of other programs' files: a network as such a file holds it, with its
// tensors still unread and its filters in that program's axis order. import.cpp makes Filters of
// it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/ops_layers.h"
#include "src/net/mapped_file.h"

namespace reverie {

/// A tensor in a file: its shape, and its values on request, which comes only after the shape was
/// checked.
struct ExternalTensor {
    std::vector<int64_t> shape;
    std::function<std::vector<float>()> read;
    std::string name;  ///< as in the file
};

/// y = gamma · (x − mean) / √(variance + epsilon) + beta, channel by channel.
struct BatchNorm {
    std::optional<ExternalTensor> gamma;  ///< 1 if absent
    ExternalTensor beta, mean, variance;
    double epsilon = 1e-3;
};

enum class FilterOrder : uint8_t { oihw, hwio, oi, io };

struct ExternalConvolution {
    ExternalTensor filters;
    FilterOrder order = FilterOrder::oihw;
    std::optional<ExternalTensor> bias;  ///< added before the normalisation; 0 if absent
    std::optional<BatchNorm> norm;
};

struct ExternalNetwork {
    std::string format;        ///< "Caffe", for the file's origin
    std::string architecture;  ///< as in make_graph
    std::optional<LrnConstants> lrn;
    std::array<double, 3> mean{};              ///< R, G, B, of 0 … 255
    std::array<double, 3> deviation{1, 1, 1};  ///< the input is divided by, likewise
    bool bgr = false;
    std::map<std::string, ExternalConvolution> convolutions;  ///< by our node's name
    std::vector<std::string> notes;
};

/// Set by the user; overrides the values of the file and the defaults of the format.
struct ImportOptions {
    std::optional<std::array<double, 3>> mean, deviation;  ///< R, G, B, of 0 … 255
    std::optional<bool> lrn;
};

/// The readers; `what` begins their messages: "weights FILE: ". All throw Error: damaged; another
/// network, or a layer that none of our topologies has, with its name.
ExternalNetwork read_caffe(Bytes file, const std::string& what);
ExternalNetwork read_tensorflow(Bytes file, const std::string& what);
ExternalNetwork read_torchvision(const std::filesystem::path& path, const std::string& what);

}  // namespace reverie
