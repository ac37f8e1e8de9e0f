// Forwards every op to one function: wrappers of a device's ops (to queue them later, to compute a
// graph's key) are generated from the one list in ops.h. An op that is declared but not listed
// leaves these classes abstract, and fails to compile.
#pragma once

#include <type_traits>

#include "kernels/ops.h"

namespace reverie {

namespace forwarding {

/// A link for each op: overrides it with Self::forward(stream, name, op, arguments…).
#define REVERIE_FORWARDING_LINK(name)                                             \
    template <class Base, class Self, class Op>                                   \
    class Link_##name;                                                            \
    template <class Base, class Self, class Of, class... Args>                    \
    class Link_##name<Base, Self, void (Of::*)(Stream&, Args...)> : public Base { \
      public:                                                                     \
        void name(Stream& stream, Args... args) override {                        \
            void (Of::*const op)(Stream&, Args...) = &Of::name;                   \
            static_cast<Self*>(this)->forward(stream, #name, op, args...);        \
        }                                                                         \
    };                                                                            \
    template <class Base, class Self>                                             \
    using link_##name = Link_##name<Base, Self, decltype(&Ops::name)>;
REVERIE_OPS(REVERIE_FORWARDING_LINK)
#undef REVERIE_FORWARDING_LINK

template <class Self, class Base, template <class, class> class... Links>
struct Chain {
    using Type = Base;
};
template <class Self, class Base, template <class, class> class First,
          template <class, class> class... Rest>
struct Chain<Self, Base, First, Rest...> {
    using Type = typename Chain<Self, First<Base, Self>, Rest...>::Type;
};

#define REVERIE_FORWARDING_NAME(name) , link_##name
template <class Self>
using All = typename Chain<Self, Ops REVERIE_OPS(REVERIE_FORWARDING_NAME)>::Type;
#undef REVERIE_FORWARDING_NAME

}  // namespace forwarding

/// Base of a class that has
///     template <class Domain, class... Args>
///     void forward(Stream&, const char* name, void (Domain::*op)(Stream&, Args...),
///                  std::type_identity_t<Args>... args);
/// which is called in place of each op; `Domain` is the base of Ops that declares it.
template <class Self>
using ForwardedOps = forwarding::All<Self>;

}  // namespace reverie
