// MaskOps on one backend.
#pragma once

#include "kernels/functors/masks.h"
#include "kernels/ops_masks.h"
#include "src/util/error.h"

namespace reverie {

template <class Exec>
class MaskOn : public MaskOps {
  public:
    void step_mask(Stream& stream, Pixels<const float> src, float low, float high,
                   const float* origin, Pixels<float> mask) override {
        require(low < high, "a step needs a width");
        Exec(stream).each_element("step_mask", mask.size(),
                                  StepMask{src.data, low, high, origin, mask.data});
    }

    void flow_speed(Stream& stream, Pixels<const float> flow, float scale,
                    Pixels<float> speed) override {
        Exec(stream).each_element("flow_speed", speed.size(),
                                  FlowSpeed{flow.data, flow.plane_size(), scale, speed.data});
    }

    void upsample_mask(Stream& stream, Pixels<const float> cells, Pixels<const float> colours,
                       Pixels<const float> rgb, float alike, Pixels<float> mask) override {
        require(alike > 0, "colours are alike within a distance above 0");
        const float across = static_cast<float>(cells.width) / static_cast<float>(mask.width);
        const float down = static_cast<float>(cells.height) / static_cast<float>(mask.height);
        Exec(stream).each_pixel(
            "upsample_mask", mask.width, mask.height,
            UpsampleMask{cells, colours, rgb, across, down, 1.0F / (alike * alike), mask});
    }

    void follow_mask(Stream& stream, Pixels<const float> now, Pixels<const float> before,
                     Pixels<const float> flow, MaskInertia inertia, Pixels<float> dst) override {
        Exec(stream).each_pixel("follow_mask", dst.width, dst.height,
                                FollowMask{now, before, flow.data, inertia, dst});
    }

    void invert_mask(Stream& stream, Pixels<const float> src, Pixels<float> dst) override {
        Exec(stream).each_element("invert_mask", dst.size(), InvertMask{src.data, dst.data});
    }

    void add_masks(Stream& stream, const MaskSum& sum, Pixels<float> dst) override {
        Exec(stream).each_element("add_masks", dst.size(), AddMasks{sum, dst.data});
    }

    void apply_mask(Stream& stream, Pixels<const float> src, Pixels<const float> mask,
                    Pixels<float> dst) override {
        Exec(stream).each_element("apply_mask", mask.plane_size(),
                                  ApplyMask{src.data, mask.data, mask.plane_size(), dst.data});
    }

    void mask_gradient(Stream& stream, Pixels<const float> mask, const float* covered,
                       Pixels<float> gradient, float* sum) override {
        Exec(stream).reduce("mask_gradient", mask.plane_size(), sum,
                            MaskGradient{mask.data, covered, mask.plane_size(), gradient.data});
    }
};

}  // namespace reverie
