// The CPU's convolutions in builds without oneDNN: the functors compute all of them.
#include "kernels/conv_direct_engine.h"
#include "kernels/cpu/conv_dnnl.h"

namespace reverie {

std::string dnnl_instruction_set() {
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw") != 0) return "avx512";
    if (__builtin_cpu_supports("avx2") != 0) return "avx2";
#endif
    return "baseline";
}

bool dnnl_has_native_bf16() { return false; }

bool dnnl_prefers_bf16() { return false; }

int dnnl_channel_block() { return dnnl_instruction_set() == "avx512" ? 16 : 8; }

std::unique_ptr<ConvEngine> make_dnnl_engine(Device& device, DType type) {
    const int block = dnnl_channel_block();
    return make_direct_engine(device, type, {block}, block);
}

}  // namespace reverie
