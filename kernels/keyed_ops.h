// A device's ops for streams that may have their key recorded: while a key is recorded, a call is
// added to a graph's key with all its arguments and is not executed.
#pragma once

#include "kernels/forwarded_ops.h"

namespace reverie {

class KeyedOps : public ForwardedOps<KeyedOps> {
  public:
    /// `inner` must outlive it.
    explicit KeyedOps(Ops& inner) : inner_(inner) {}

    template <class Domain, class... Args>
    void forward(Stream& stream, const char* name, void (Domain::*op)(Stream&, Args...),
                 std::type_identity_t<Args>... args) {
        if (KeyRecorder* const recorder = stream.recorder())
            return recorder->add(name, stream, args...);
        (inner_.*op)(stream, args...);
    }

  private:
    Ops& inner_;
};

}  // namespace reverie
