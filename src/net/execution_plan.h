// Everything computed for one picture size and one set of deepest layers: which convolutions, in
// which order, in which memory. Made once, run many times. The objective's weights are data:
// turning a fader changes no plan.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/net/memory_planner.h"
#include "src/net/network.h"
#include "src/net/schedule.h"

namespace reverie {

constexpr int kColours = 3;  ///< planes of a picture

/// The window of a pool whose input has that extent.
PoolWindow window_of(const Node& node, Extent in);

class ExecutionPlan {
  public:
    /// Throws Error where a node has no output at that size. The features of all guided nodes are
    /// known.
    ExecutionPlan(NetworkParts& parts, int width, int height, PlanScope scope);
    /// The memory_bytes() of such a plan, without making its convolutions.
    static size_t memory_for(NetworkParts& parts, int width, int height, PlanScope scope);
    ~ExecutionPlan();

    int width() const { return width_; }
    int height() const { return height_; }
    const PlanScope& scope() const { return scope_; }
    /// Bytes of working memory, the convolutions' workspaces among them; pass it to set_memory() before the first run and whenever it moves.
    size_t memory_bytes() const { return memory_bytes_; }
    void set_memory(char* memory) { memory_ = memory; }

    /// Sets the objective of the next gradient(). If `border_px` is not 0, the objective leaves out
    /// positions nearer than that many pixels of the picture (at least one of the layer's own, at
    /// most a third of them) to its edge, or to the seam of the rolled picture: edges would excite
    /// units first. Throws Error for a node that this plan does not compute.
    void set_taps(Stream& stream, const std::vector<Tap>& taps, int border_px = 0);
    /// Where the taps' masks are, by number, for the gradients to come: 1 channel, 0 … 1, any size; a
    /// null one is 1 everywhere. They cover the picture without `margin` pixels of each edge, and
    /// must stay valid.
    void set_masks(const std::vector<Pixels<const float>>& masks, int margin);
    /// gradient (3 × H × W, RGB) = ∂J/∂x in units of network input, at the picture rolled by
    /// (shift_x, shift_y) pixels and rolled back. `rgb`: 3 × H × W, 0 … 255. Allocates nothing.
    void gradient(Stream& stream, Pixels<const float> rgb, int shift_x, int shift_y,
                  Pixels<float> gradient);
    /// The same with the roll in device memory: the queued work does not depend on it. The roll's
    /// seam follows it, too.
    void gradient(Stream& stream, Pixels<const float> rgb, const Roll* roll,
                  Pixels<float> gradient);
    /// The same for a part of a picture: `gradient` has the plan's size, and its pixel (0, 0) is
    /// the picture's pixel (origin_x, origin_y); the picture repeats beyond its edges.
    void tile_gradient(Stream& stream, Pixels<const float> rgb, int origin_x, int origin_y,
                       Pixels<float> gradient);
    /// J at the last gradient(). Synchronises.
    double objective_value(Stream& stream);
    /// Forward pass only, on the unrolled picture, for the functions below.
    void forward(Stream& stream, Pixels<const float> rgb);
    /// Whether this plan computes the node's output.
    bool computes(int node) const { return in_plan_[node]; }
    /// The output of a node at the last gradient() or forward(): channels × height × width, in the
    /// user's channel order. Synchronises.
    std::vector<float> activations(Stream& stream, int node);
    /// Each channel's root mean square over all pixels of activations(). Synchronises.
    std::vector<float> channel_rms(Stream& stream, int node);
    /// height × width: at each pixel, one channel's magnitude, or (−1) the root mean square of all
    /// channels. Synchronises.
    std::vector<float> activation_map(Stream& stream, int node, int channel);
    Extent extent(int node) const { return extents_[node]; }

    /// Floating-point operations of one gradient(): two for each necessary multiply-add, padding
    /// not counted.
    double flop() const { return flop_; }
    /// One line a step, "name algorithm", for `lab bench`.
    std::vector<std::string> description() const;
    /// Runs one gradient() and returns each step's description and time in ms. Synchronises after
    /// each.
    std::vector<double> profile(Stream& stream, Pixels<const float> rgb, Pixels<float> gradient);

  private:
    enum class Purpose : uint8_t { run, measure };
    ExecutionPlan(NetworkParts& parts, int width, int height, PlanScope scope, Purpose purpose);
    /// Number of a convolution, of convolutions_.
    size_t make_convolution(const ConvSpec& spec, const std::string& key,
                            const std::vector<float>& weights, const std::vector<float>& bias);
    std::string algorithm_of(size_t convolution) const;
    std::vector<Use> with_workspace(size_t convolution, std::vector<Use> uses) const;
    void convolve(Stream& stream, size_t convolution, const void* in, void* out);
    void run(Stream& stream, size_t actions);

    struct Action {
        std::string name;
        std::vector<Use> uses;
        std::function<void(Stream&)> run;
        std::unique_ptr<Event> done = nullptr;  ///< recorded if other streams wait for it
    };

    /// A node that guides pull at, with their features.
    struct GuidedNode {
        int node = 0;
        const GuideFeatures* features = nullptr;
        float largest = 0;   ///< of their values
        int masks = 0;       ///< those up to the last in use
        Buffer<float> rows;  ///< as the node's tensor stores channels
        Buffer<int> match;   ///< by pixel of the node
        int scores_block = -1;
    };

    void choose_nodes();
    void add_forward(const Step& step, size_t index);
    void add_convolution(const Step& step, size_t index);
    void add_backward(int node);
    void add_convolution_backward(size_t step_index, bool accumulate);
    void add_finish(int node, bool accumulate, const Step* pool);
    bool add_pulls(int node, bool accumulate);
    template <class Nodes, class Add>
    void add_at(int node, const Nodes& nodes, bool& accumulate, const Add& add);
    void add_guide(size_t number, bool accumulate);
    void add_mask(size_t number, bool accumulate);
    void prepare_masks();
    size_t masked_number(int node) const;
    void follow_masks(Stream& stream, size_t number, bool accumulate);
    LayerMasks layer_masks() const;
    ObjectiveEdges edges_of(int node) const;
    double masked_value(Stream& stream, size_t number);
    std::vector<float> mask_values(Stream& stream, int node, int mask);
    void prepare_guides();
    size_t guided_number(int node) const;
    void clear_gradient(Stream& stream, int node);
    void follow_guide(Stream& stream, size_t number, int stored, bool accumulate);
    double guide_value(Stream& stream, size_t number);
    void set_tap(const Tap& tap);
    void add_input_gradient(size_t step_index);
    ConvSpec spec_of(const Step& step) const;

    void plan_memory();
    void fit_workspaces();
    void make_events();
    Use reads(const std::vector<int>& block_of_tensor, int node) const;
    Use writes(const std::vector<int>& block_of_tensor, int node) const;
    Use reads_step(const std::vector<int>& block_of_tensor, const Step& step) const;
    TensorRef activation_of(int node) const;
    TensorRef gradient_of(int node) const;
    TensorRef step_gradient(const Step& step) const;
    int step_channels(const Step& step) const;
    int border_of(int node) const;
    void scale_gradients(Stream& stream);
    void settle(Stream& stream);
    TensorRef at(int block, int parent_channels, int first, int channels, Extent extent) const;

    NetworkParts& parts_;
    const Graph& graph_;
    const Layout& layout_;
    int width_, height_;
    Purpose purpose_;
    PlanScope scope_;
    std::vector<Extent> extents_;
    std::vector<bool> in_plan_, finished_;
    std::vector<int> concat_of_;  ///< by node: the concat in this plan that includes it, or −1

    MemoryPlanner planner_;
    Schedule schedule_;
    std::vector<int> activation_block_, gradient_block_;  ///< by tensor
    std::vector<int> argmax_block_;                       ///< by node
    int input_block_ = -1, phases_block_ = -1;
    int picture_stride_ = 1;  ///< of the convolution that reads the picture
    size_t memory_bytes_ = 0;
    char* memory_ = nullptr;

    std::vector<Action> actions_;
    struct Convolution {
        std::unique_ptr<Conv> conv;  ///< null where the plan is only measured
        int workspace_block = -1;    ///< −1: it needs none
    };
    std::vector<Convolution> convolutions_;
    size_t forward_actions_ = 0;  ///< actions_ before the first of the backward pass
    std::vector<std::unique_ptr<Event>> stream_done_;  ///< by stream beyond the first
    double flop_ = 0;
    Buffer<float> seen_;  ///< of channel_rms(), activation_map()

    /// Of a guided node: that of the whole picture, then those of the masks.
    static constexpr size_t kGuideWeights = 1 + kMostMasks;
    std::vector<GuidedNode> guided_;  ///< in the order of scope_.guided
    Buffer<float> guide_weights_;     ///< likewise, kGuideWeights each
    std::vector<float> host_guide_weights_;

    /// A node that masked terms are about.
    struct MaskedNode {
        int node = 0;
        size_t offset = 0;     ///< of its coefficients: for each mask, one a stored channel
        int coefficients = 0;  ///< of one mask
        int masks = 0;         ///< those up to the last in use
    };
    std::vector<MaskedNode> masked_;  ///< in the order of scope_.masked
    Buffer<float> mask_alpha_, mask_beta_;
    std::vector<float> host_mask_alpha_, host_mask_beta_;
    LayerMasks masks_;

    std::vector<size_t> coefficient_offset_;  ///< by tensor, in floats
    Buffer<float> alpha_, beta_, loss_;
    Buffer<GradientScale> scale_;  ///< of half precision only, as the next two
    Buffer<float> gradient_sum_;
    float gradient_base_ = 0;  ///< of scale_, as last set
    std::vector<float> host_alpha_, host_beta_;
    int border_px_ = 0;
    std::vector<Tap> taps_;          ///< as the device has them
    std::vector<char> tapped_;       ///< by tensor
    std::vector<int> tapped_nodes_;  ///< concats stand for their parts

    InputTransform input_, output_;  ///< roll the picture, and its gradient back
    Pixels<const float> picture_;
    Pixels<float> result_;
};

}  // namespace reverie
