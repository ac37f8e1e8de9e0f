// In each module, compiled for its instructions.
#include "kernels/cpu/conv_winograd.h"

#include "kernels/cpu/winograd_engine.h"

namespace reverie {

bool has_winograd() {
#if defined(__AVX2__) && defined(__FMA__)
    return true;
#else
    return false;
#endif
}

std::unique_ptr<ConvEngine> make_winograd_engine(Device& device,
                                                 std::unique_ptr<ConvEngine> otherwise) {
    return std::make_unique<WinogradEngine>(device, std::move(otherwise));
}

}  // namespace reverie
