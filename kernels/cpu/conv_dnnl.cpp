// Convolution by oneDNN, in the blocked layout of the instruction set (nChw16c, nChw8c). With batch
// 1 a slice of channels at a multiple of the block is contiguous there, so slices cost nothing. The
// data gradient of a convolution with stride 1 is run as a forward convolution with transposed,
// flipped filters: unlike oneDNN's own it can accumulate.
//
// A primitive may run in another thread than the one that made it (plans are made in the
// background). oneDNN allows this only if the caller provides its working memory (scratchpad mode
// `user`).
#include "kernels/cpu/conv_dnnl.h"

#include <array>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/conv_direct_engine.h"
#include "kernels/conv_forms.h"
#include "kernels/cpu/working_memory.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using dnnl::memory;

memory::data_type data_type_of(DType type) {
    return type == DType::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

dnnl::engine& cpu_engine() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

dnnl::primitive_attr with_scratchpad_of_ours() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

/// A convolution whose arguments are bound once; run() only changes where they point to.
class DnnlConv : public Conv {
  public:
    DnnlConv(dnnl::primitive primitive, std::string algorithm, memory in, memory out,
             const memory::desc& scratchpad, std::array<int, 2> in_out_args)
        : stream_(cpu_engine()),
          primitive_(std::move(primitive)),
          algorithm_(std::move(algorithm)),
          in_(std::move(in)),
          out_(std::move(out)),
          scratchpad_(scratchpad, cpu_engine(), nullptr),
          scratchpad_bytes_(scratchpad.get_size()) {
        args_.push_back({in_out_args[0], in_.get()});
        args_.push_back({in_out_args[1], out_.get()});
        args_.push_back({DNNL_ARG_SCRATCHPAD, scratchpad_.get()});
    }
    void add_constant(int arg, const memory& value) {
        constants_.push_back(value);
        args_.push_back({arg, value.get()});
    }
    void queue(Stream& /*stream*/, const void* in, void* out, void* /*workspace*/) override {
        in_.set_data_handle(const_cast<void*>(in));
        out_.set_data_handle(out);
        if (scratchpad_bytes_ > 0) scratchpad_.set_data_handle(working_memory(scratchpad_bytes_));
        const dnnl_status_t status = dnnl_primitive_execute(
            primitive_.get(), stream_.get(), static_cast<int>(args_.size()), args_.data());
        if (status != dnnl_success) throw Error("oneDNN could not run " + algorithm_);
    }
    std::string algorithm() const override { return algorithm_; }

  private:
    dnnl::stream stream_;
    dnnl::primitive primitive_;
    std::string algorithm_;
    memory in_, out_, scratchpad_;
    size_t scratchpad_bytes_;
    std::vector<memory> constants_;
    std::vector<dnnl_exec_arg_t> args_;
};

class DnnlEngine : public ConvEngine {
  public:
    DnnlEngine(Device& device, DType type)
        : type_(type),
          block_(dnnl_channel_block()),
          direct_(make_direct_engine(device, type, layout(), block_)) {}

    DType type() const override { return type_; }
    int channel_block() const override { return block_; }

    TensorRef slice(void* data, int /*parent_channels*/, int first_channel, int channels,
                    int height, int width) const override {
        return slice_of(layout(), data, type_, first_channel + channels, first_channel, channels,
                        height, width);
    }
    PictureRef picture(void* data, int height, int width, int stride) const override {
        return picture_of(layout(), data, type_, height, width, stride);
    }

    std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        std::unique_ptr<Conv> conv;
        try {
            conv = make_fast(spec, key, weights, bias);
        } catch (const dnnl::error& e) {
            if (e.status != dnnl_unimplemented) {
                throw Error("oneDNN could not make the convolution " + key + " (" +
                            dnnl_instruction_set() + "): " + e.what());
            }
        }
        return conv != nullptr ? std::move(conv) : direct_->make(spec, key, weights, bias);
    }

  private:
    TensorLayout layout() const { return {block_}; }

    /// Null if oneDNN has only a reference implementation, which is slower than the functors.
    std::unique_ptr<Conv> make_fast(const ConvSpec& spec, const std::string& key,
                                    const std::vector<float>& weights,
                                    const std::vector<float>& bias) {
        if (spec.direction == ConvDirection::forward)
            return make_forward(spec, "f:" + key, weights, bias);
        if (spec.stride == 1) {
            const ConvForm form = transposed_form(spec, weights);
            return make_forward(form.spec, "b:" + key, form.weights, {});
        }
        return spec.accumulate ? nullptr : make_strided_backward(spec, "s:" + key, weights);
    }

    memory::format_tag blocked_tag() const {
        return block_ == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c;
    }
    memory::desc blocked(int channels, int height, int width, DType type) const {
        return {{1, channels, height, width}, data_type_of(type), blocked_tag()};
    }
    memory::desc any_weights(const ConvSpec& s) const {
        return {{s.out_channels, s.in_channels, s.kernel_height, s.kernel_width},
                data_type_of(type_),
                memory::format_tag::any};
    }

    struct Padding {
        memory::dims before, after;
    };
    static Padding padding_of(const ConvSpec& s) {
        const ConvPadding p = reverie::padding_of(s);
        return {{p.top, p.left}, {p.bottom, p.right}};
    }

    bool can_be_winograd(const ConvSpec& s) const {
        return type_ == DType::f32 && s.kernel_height == 3 && s.kernel_width == 3 &&
               s.stride == 1 && !s.picture_input;
    }

    static bool is_reference(const std::string& algorithm) {
        return algorithm.find("ref") != std::string::npos;
    }

    std::unique_ptr<Conv> make_forward(const ConvSpec& s, const std::string& key,
                                       const std::vector<float>& weights,
                                       const std::vector<float>& bias) {
        const memory::desc x = s.picture_input
                                   ? memory::desc({1, s.in_channels, s.in_height, s.in_width},
                                                  data_type_of(type_), memory::format_tag::nchw)
                                   : blocked(s.in_channels, s.in_height, s.in_width, type_);
        const memory::desc y =
            blocked(s.out_channels, s.out_height, s.out_width, s.float_output ? DType::f32 : type_);
        const memory::desc b = bias.empty() ? memory::desc()
                                            : memory::desc({s.out_channels}, memory::data_type::f32,
                                                           memory::format_tag::a);
        dnnl::primitive_attr attributes = with_scratchpad_of_ours();
        dnnl::post_ops post_ops;
        if (s.accumulate) post_ops.append_sum(1.0F);
        if (s.relu) post_ops.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
        attributes.set_post_ops(post_ops);
        const Padding padding = padding_of(s);
        const auto describe = [&](dnnl::algorithm algorithm) {
            const dnnl::convolution_forward::desc description(
                dnnl::prop_kind::forward_inference, algorithm, x, any_weights(s), b, y,
                {s.stride, s.stride}, padding.before, padding.after);
            return dnnl::convolution_forward::primitive_desc(description, attributes, cpu_engine(),
                                                             true);
        };
        // Winograd's F(4×4, 3×3) takes a quarter of the multiplications; oneDNN has it for some
        // instruction sets only, and only in f32.
        dnnl::convolution_forward::primitive_desc made;
        if (can_be_winograd(s)) made = describe(dnnl::algorithm::convolution_winograd);
        if (!made) made = describe(dnnl::algorithm::convolution_direct);
        if (!made || is_reference(made.impl_info_str())) return nullptr;
        auto conv = std::make_unique<DnnlConv>(
            dnnl::convolution_forward(made), made.impl_info_str(), memory(x, cpu_engine(), nullptr),
            memory(y, cpu_engine(), nullptr), made.scratchpad_desc(),
            std::array<int, 2>{DNNL_ARG_SRC, DNNL_ARG_DST});
        conv->add_constant(DNNL_ARG_WEIGHTS, reordered(key, s, made.weights_desc(), weights));
        if (!bias.empty()) {
            memory bias_memory(b, cpu_engine());
            std::copy(bias.begin(), bias.end(), static_cast<float*>(bias_memory.get_data_handle()));
            conv->add_constant(DNNL_ARG_BIAS, bias_memory);
        }
        return conv;
    }

    std::unique_ptr<Conv> make_strided_backward(const ConvSpec& s, const std::string& key,
                                                const std::vector<float>& weights) {
        const memory::desc x = blocked(s.in_channels, s.in_height, s.in_width, type_);
        const memory::desc y = blocked(s.out_channels, s.out_height, s.out_width, type_);
        const Padding padding = padding_of(s);
        const dnnl::convolution_forward::primitive_desc hint({dnnl::prop_kind::forward_training,
                                                              dnnl::algorithm::convolution_direct,
                                                              x,
                                                              any_weights(s),
                                                              y,
                                                              {s.stride, s.stride},
                                                              padding.before,
                                                              padding.after},
                                                             cpu_engine());
        const dnnl::convolution_backward_data::primitive_desc made(
            {dnnl::algorithm::convolution_direct,
             x,
             any_weights(s),
             y,
             {s.stride, s.stride},
             padding.before,
             padding.after},
            with_scratchpad_of_ours(), cpu_engine(), hint);
        if (is_reference(made.impl_info_str())) return nullptr;
        auto conv = std::make_unique<DnnlConv>(
            dnnl::convolution_backward_data(made), made.impl_info_str(),
            memory(y, cpu_engine(), nullptr), memory(x, cpu_engine(), nullptr),
            made.scratchpad_desc(), std::array<int, 2>{DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC});
        conv->add_constant(DNNL_ARG_WEIGHTS, reordered(key, s, made.weights_desc(), weights));
        return conv;
    }

    /// The weights in the layout that a primitive wants; made once for each key and layout.
    memory reordered(const std::string& key, const ConvSpec& s, const memory::desc& wanted,
                     const std::vector<float>& weights) {
        for (const memory& known : weights_[key]) {
            if (known.get_desc() == wanted) return known;
        }
        const memory::desc plain({s.out_channels, s.in_channels, s.kernel_height, s.kernel_width},
                                 memory::data_type::f32, memory::format_tag::oihw);
        memory source(plain, cpu_engine(), const_cast<float*>(weights.data()));
        memory made(wanted, cpu_engine());
        dnnl::stream stream(cpu_engine());
        dnnl::reorder(source, made).execute(stream, source, made);
        stream.wait();
        weights_[key].push_back(made);
        return made;
    }

    DType type_;
    int block_;
    std::unique_ptr<ConvEngine> direct_;
    std::map<std::string, std::vector<memory>> weights_;
};

}  // namespace

std::string dnnl_instruction_set() {
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::sse41:
            return "sse41";
        case dnnl::cpu_isa::avx:
            return "avx";
        case dnnl::cpu_isa::avx2:
        case dnnl::cpu_isa::avx2_vnni:
            return "avx2";
        case dnnl::cpu_isa::avx512_core:
            return "avx512";
        case dnnl::cpu_isa::avx512_core_vnni:
            return "avx512_vnni";
        case dnnl::cpu_isa::avx512_core_bf16:
            return "avx512_bf16";
        case dnnl::cpu_isa::avx512_core_amx:
            return "amx";
        default:
            return "baseline";
    }
}

bool dnnl_has_native_bf16() {
    const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
    return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
}

bool dnnl_prefers_bf16() {
    // A gradient step at 640×360 takes 30 ms in bf16 and 43 in f32 on Zen 5, 213 and 142 on
    // Sapphire Rapids: Intel's vector units take a product of bf16 pairs at half the rate of
    // floats.
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_is("intel") != 0) return false;
#endif
    return dnnl_has_native_bf16();
}

int dnnl_channel_block() {
    const std::string instructions = dnnl_instruction_set();
    return instructions.rfind("avx512", 0) == 0 || instructions == "amx" ? 16 : 8;
}

std::unique_ptr<ConvEngine> make_dnnl_engine(Device& device, DType type) {
    require(type != DType::f16,
            "this CPU has no fp16 convolutions; try --precision auto, f32 or bf16");
    require(type == DType::f32 || dnnl_has_native_bf16(),
            "this CPU would have to emulate bf16, which is slower than f32; try --precision f32");
    return std::make_unique<DnnlEngine>(device, type);
}

}  // namespace reverie
