// Takes the place of conv_amx.cpp in the modules that are not compiled for AMX.
#include "kernels/cpu/conv_amx.h"
#include "src/util/error.h"

namespace reverie {

bool has_amx() { return false; }

std::unique_ptr<ConvEngine> make_amx_engine(Device& /*device*/,
                                            std::unique_ptr<ConvEngine> /*otherwise*/) {
    throw Error("this module was compiled without AMX");
}

}  // namespace reverie
