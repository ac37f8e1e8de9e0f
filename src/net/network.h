// A trained network on a device: its layers by name, and plans that compute the gradient of an
// objective with respect to a picture.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/conv.h"
#include "kernels/device.h"
#include "src/net/channel_names.h"
#include "src/net/class_labels.h"
#include "src/net/guides.h"
#include "src/net/layout.h"
#include "src/net/weights.h"

namespace reverie {

class ExecutionPlan;
class OutOfMemory;

/// What a term of the objective compares a node's output with.
enum class TapRule : uint8_t {
    own,        ///< nothing: it amplifies what is there
    guide,      ///< at each place, the guides' feature with which its dot product is largest
    guide_mean  ///< the mean feature of the guides
};

/// One term of the objective: weight × the mean of a² over all elements of a node's output
/// (channel −1), or weight × the mean of one channel, or weight × the mean of a·y over all
/// elements, where y is the guides' feature. With a mask, each pixel's summand counts as much as the
/// mask has there.
struct Tap {
    int node = 0;
    int channel = -1;
    float weight = 1;
    TapRule rule = TapRule::own;
    int mask = -1;  ///< a number in ExecutionPlan::set_masks(), below kMostMasks; −1: none
    bool operator==(const Tap&) const = default;
};

/// What a plan has to compute.
struct PlanScope {
    std::vector<int> nodes;   ///< these and their ancestors; sorted
    std::vector<int> guided;  ///< of all these, those that guides pull at; sorted
    std::vector<int> masked;  ///< those that terms with a mask, and no guide, are about; sorted
    bool operator==(const PlanScope&) const = default;
};

struct LayerInfo {
    std::string name;
    NodeKind kind;
    int node = 0;
    int channels = 0;
    ReceptiveField field;
};

/// All layers and branches of a graph that can be dreamed, in the graph's order.
std::vector<LayerInfo> layers_of(const Graph& graph);
/// By name or alias (see Network::find); null if unknown.
const LayerInfo* find_layer(const std::vector<LayerInfo>& layers, const std::string& name);

/// Shared by all plans; lives as long as the Network.
struct NetworkParts {
    Device* device = nullptr;
    Weights weights;
    std::unique_ptr<ConvEngine> engine;
    Layout layout;
    StoredFilters stored;
    /// Streams for parallel work, next to the one that a plan runs on. Shared by all plans, which
    /// one thread at a time runs.
    std::vector<std::unique_ptr<Stream>> side_streams;
    std::map<int, GuideFeatures> guides;  ///< by node, of those that were asked for
    const Filters& filters(size_t step) const { return stored.of(weights, layout, step); }
    int streams() const { return 1 + static_cast<int>(side_streams.size()); }
    /// The Network is being destroyed: a plan that is still being made is abandoned.
    std::atomic<bool> stopping = false;
};

class Network {
  public:
    /// Loads weights onto a device; stores tensors as `type`. Throws Error: see load_weights,
    /// make_conv_engine.
    Network(Device& device, const std::filesystem::path& weights, DType type,
            ConvKind kind = ConvKind::fast);
    ~Network();

    /// All layers and branches that can be dreamed, in the graph's order.
    const std::vector<LayerInfo>& layers() const { return layers_; }
    /// By name or alias: the names of layers(), "conv2" for its only convolution that is not a
    /// reduction, "4c" or "inception_4c/output" for inception_4c. Throws Error with the nearest
    /// names, or saying that the weights end before the layer.
    const LayerInfo& find(const std::string& name) const;
    /// Finds layer and channel. Throws Error as find() does, and for a missing channel (with how
    /// many there are).
    Tap tap(const std::string& layer, int channel, float weight) const;
    /// The same for guides at a whole layer. Throws Error if there is no guide.
    Tap guide_tap(const std::string& layer, TapRule rule, float weight) const;
    /// The pictures of guide_tap(). All plans are forgotten. To be called while nothing is dreamed.
    void set_guides(std::vector<GuidePicture> pictures);
    const std::vector<GuidePicture>& guides() const { return guides_; }

    /// What people call its channels; see read_channel_names().
    void set_names(ChannelNames names) { names_ = std::move(names); }
    const ChannelNames& names() const { return names_; }
    /// What its classes are called; see read_class_labels().
    void set_labels(ClassLabels labels) { labels_ = std::move(labels); }
    const ClassLabels& labels() const { return labels_; }
    /// That it was trained to tell; 0: these weights have no classifier.
    int classes() const;
    /// weight × the logit of a class, 0 to classes() − 1, but for its bias: as the classifier sees the
    /// mean of each channel of the last layer, a term for each of these, in which masks can say where.
    std::vector<Tap> class_taps(int number, float weight) const;

    const Weights& weights() const { return parts_.weights; }
    DType type() const { return parts_.engine->type(); }
    ConvKind kind() const { return kind_; }
    Device& device() const { return *parts_.device; }

    /// The plan for pictures of this size that reaches the layers of all `taps`: one of those used
    /// last, or a new one. Valid until the next call. Throws Error if the picture is too small for a
    /// layer (with the size that it needs), OutOfMemory if the memory does not suffice.
    ExecutionPlan& plan(int width, int height, const std::vector<Tap>& taps);
    /// Begins to make that plan in the background, so that another one can be used meanwhile. One at
    /// a time: does nothing while a plan is being made. Errors are thrown by plan().
    void prepare(int width, int height, const std::vector<Tap>& taps);
    /// Whether plan() would return or throw immediately, without making a plan or waiting for one.
    bool ready(int width, int height, const std::vector<Tap>& taps);
    /// Device memory in bytes for the activations and gradients of plan(), and for what its
    /// convolutions work in: that plan never takes more.
    size_t memory_needed(int width, int height, const std::vector<Tap>& taps);

    /// Does `work`, with this network's plans or without. Where memory runs out, less is taken and
    /// `work` is done again, from its beginning, for as long as that helps: it should choose plans
    /// within memory_limit(). Throws what `work` throws.
    void make_do(const std::function<void()>& work);
    /// After memory has run out, in the network's own work or beside it: all plans are forgotten,
    /// and their memory is given back; from now on they should take three quarters of it. False if
    /// that has been so before, or there was none: then nothing is left to give.
    bool take_less(const OutOfMemory& error);
    /// What plans should take, in bytes; SIZE_MAX: as much as there is.
    size_t memory_limit() const { return memory_limit_; }
    void limit_memory(size_t bytes) { memory_limit_ = bytes; }
    /// Why less is taken than before, in one line: once each time.
    std::optional<std::string> take_shortage() { return std::exchange(shortage_, std::nullopt); }

  private:
    PlanScope scope_of(const std::vector<Tap>& taps) const;
    void learn_guides(const std::vector<Tap>& taps);
    void require_picture(int width, int height, const std::vector<Tap>& taps) const;
    std::unique_ptr<ExecutionPlan> make_plan(int width, int height, const PlanScope& scope);
    bool knows(int width, int height, const PlanScope& scope) const;
    void keep(std::unique_ptr<ExecutionPlan> plan);
    ExecutionPlan& ready_plan(int width, int height, const PlanScope& scope);
    void take_prepared(bool wait);
    bool has_failed(int width, int height, const PlanScope& scope) const;

    NetworkParts parts_;
    ConvKind kind_;
    std::vector<LayerInfo> layers_;
    std::vector<GuidePicture> guides_;
    ChannelNames names_;
    ClassLabels labels_;
    std::vector<std::unique_ptr<ExecutionPlan>> plans_;  ///< most recently used first
    Buffer<char> arena_;
    size_t wanted_bytes_ = 0;  ///< of the last plan(), where it could not be had
    size_t memory_limit_ = SIZE_MAX;
    std::optional<std::string> shortage_;
    std::mutex making_;  ///< engines make one convolution at a time
    /// The plan that is being made in the background, and its key.
    struct Prepared {
        struct Result {
            std::unique_ptr<ExecutionPlan> plan;
            std::exception_ptr error;  ///< set if there is no plan
        };
        int width = 0, height = 0;
        PlanScope scope;
        std::exception_ptr error;    ///< once it has failed
        std::future<Result> result;  ///< while it is being made
        bool is(int w, int h, const PlanScope& other) const {
            return width == w && height == h && scope == other;
        }
    };
    Prepared prepared_;  ///< the last member: its thread uses the others
};

}  // namespace reverie
