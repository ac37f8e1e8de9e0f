// The parts of a backend's ops put together.
#include "kernels/ops_parts.h"

#include <tuple>

#include "kernels/forwarded_ops.h"

namespace reverie {
namespace {

class JoinedOps : public ForwardedOps<JoinedOps> {
  public:
    template <class Domain, class... Args>
    void forward(Stream& stream, const char* /*name*/, void (Domain::*op)(Stream&, Args...),
                 std::type_identity_t<Args>... args) {
        Domain& part = *std::get<std::unique_ptr<Domain>>(parts_);
        (part.*op)(stream, args...);
    }

  private:
    std::tuple<std::unique_ptr<ColorOps>, std::unique_ptr<ImageOps>, std::unique_ptr<FlowOps>,
               std::unique_ptr<AscentOps>, std::unique_ptr<LayerOps>, std::unique_ptr<MaskOps>>
        parts_{make_part<ColorOps>(),  make_part<ImageOps>(), make_part<FlowOps>(),
               make_part<AscentOps>(), make_part<LayerOps>(), make_part<MaskOps>()};
};

}  // namespace

std::unique_ptr<Ops> make_ops() { return std::make_unique<JoinedOps>(); }

}  // namespace reverie
