// OpsOn<Exec>: every op on one backend, made of one part a domain. A backend gives an Exec with
// a few verbs (each_pixel, each_lane, each_run, parts, reduce and others) and gets all ops.
#pragma once

#include "kernels/ascent_impl.h"
#include "kernels/color_impl.h"
#include "kernels/flow_impl.h"
#include "kernels/image_impl.h"
#include "kernels/layers_impl.h"
#include "kernels/ops.h"

namespace reverie {

template <class Exec>
using OpsOn = ColorOn<Exec, ImageOn<Exec, FlowOn<Exec, AscentOn<Exec, LayersOn<Exec, Ops>>>>>;

}  // namespace reverie
