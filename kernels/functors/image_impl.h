// ImageOps on one backend.
#pragma once

#include "kernels/functors/flash.h"
#include "kernels/functors/resample.h"
#include "kernels/functors/warp.h"
#include "kernels/ops_image.h"

namespace reverie {

template <class Exec>
class ImageOn : public ImageOps {
  public:
    void resize(Stream& stream, Pixels<const float> src, Pixels<float> dst,
                float* scratch) override {
        Exec exec(stream);
        if (same_size(src, dst)) {
            exec.each_element("resize copy", dst.size(), CopyValues{src.data, dst.data});
            return;
        }
        // First the axis that leaves less work for the other; resizing along a row is the slower
        // one.
        const bool rows_first = dst.height <= src.height;
        Pixels<float> between = rows_first
                                    ? Pixels<float>{scratch, src.width, dst.height, dst.channels}
                                    : Pixels<float>{scratch, dst.width, src.height, dst.channels};
        float* tables = scratch + between.size();
        const TapTable across = make_table(exec, src.width, dst.width, tables);
        const TapTable down = make_table(exec, src.height, dst.height, tables);
        if (rows_first) {
            resize_rows(exec, src, between, down);
            resize_columns(exec, between, dst, across);
        } else {
            resize_columns(exec, src, between, across);
            resize_rows(exec, between, dst, down);
        }
    }

    void warp(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
              Pixels<float> dst) override {
        carry<4>(stream, "warp", src, flow, nullptr, 1, dst);
    }

    void warp_evenly(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                     float damping, Pixels<float> dst) override {
        carry<6>(stream, "warp evenly", src, flow, nullptr, 1, dst, damping);
    }

    void carry_residual(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                        Pixels<const float> confidence, float decay, Pixels<float> dst) override {
        carry<4>(stream, "carry residual", src, flow, confidence.data, decay, dst);
    }

    void carry_residual_evenly(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                               Pixels<const float> confidence, float decay, float damping,
                               Pixels<float> dst) override {
        carry<6>(stream, "carry residual evenly", src, flow, confidence.data, decay, dst, damping);
    }

    void compose_flows(Stream& stream, Pixels<const float> newer, Pixels<const float> older,
                       Pixels<float> dst) override {
        Exec(stream).each_pixel("compose flows", dst.width, dst.height,
                                ComposeFlows{newer, older, dst});
    }

    void affine_flow(Stream& stream, const AffineMotion& motion, Pixels<float> flow) override {
        Exec(stream).each_pixel("affine flow", flow.width, flow.height, AffineFlow{motion, flow});
    }

    void mirrored_flow(Stream& stream, const MirroredMotion& motion, Pixels<float> flow) override {
        Exec(stream).each_pixel("mirrored flow", flow.width, flow.height,
                                MirroredFlow{motion, flow});
    }

    void scale_offset(Stream& stream, Pixels<const float> src, float scale, float offset,
                      Pixels<float> dst) override {
        Exec(stream).each_element("scale offset", dst.size(),
                                  ScaleOffset{src.data, scale, offset, dst.data});
    }

    void cell_luminance(Stream& stream, Pixels<const float> rgb, float* scratch,
                        Pixels<float> dst) override {
        Exec exec(stream);
        const Pixels<float> rows{scratch, rgb.width, dst.height, 1};
        exec.each_pixel("luminance rows", rows.width, rows.height, LuminanceRows{rgb, rows});
        exec.each_pixel("luminance cells", dst.width, dst.height, MeanColumns{rows, dst});
    }

    void blend_cells(Stream& stream, Pixels<const float> from, Pixels<const float> to,
                     Pixels<const float> weights, Pixels<float> dst) override {
        Exec(stream).each_pixel("blend cells", dst.width, dst.height,
                                BlendCells{from, to, weights, dst});
    }

  private:
    template <int kTaps>
    static void carry(Stream& stream, const char* name, Pixels<const float> src,
                      Pixels<const float> flow, const float* confidence, float decay,
                      Pixels<float> dst, float damping = 0) {
        const Exec exec(stream);
        const SpanGrid grid = spans_of(dst.plane(0));
        if (dst.channels == 3)
            return exec.each_lane(name, grid,
                                  Carry<3, kTaps>{src, flow, confidence, dst, decay, damping});
        for (int c = 0; c < dst.channels; ++c) {
            exec.each_lane(
                name, grid,
                Carry<1, kTaps>{src.plane(c), flow, confidence, dst.plane(c), decay, damping});
        }
    }

    /// Takes an axis' table from `memory` and fills it.
    static TapTable make_table(const Exec& exec, int src_size, int dst_size, float*& memory) {
        TapTable table;
        table.size = dst_size;
        table.taps = resize_taps(src_size, dst_size);
        table.first = reinterpret_cast<int*>(memory);
        table.weights = memory + dst_size;
        memory += static_cast<int64_t>(table.taps + 1) * dst_size;
        exec.each_element("resize taps", dst_size, FillTaps{table, src_size});
        return table;
    }

    static void resize_rows(const Exec& exec, Pixels<const float> src, Pixels<float> dst,
                            TapTable t) {
        switch (t.taps) {
            case 4:
                return exec.each_lane("resize y", spans_of(dst), ResizeDown<4>{src, dst, t});
            case 6:
                return exec.each_lane("resize y", spans_of(dst), ResizeDown<6>{src, dst, t});
            case 8:
                return exec.each_lane("resize y", spans_of(dst), ResizeDown<8>{src, dst, t});
            default:
                return exec.each_lane("resize y", spans_of(dst), ResizeDown<0>{src, dst, t});
        }
    }

    static void resize_columns(const Exec& exec, Pixels<const float> src, Pixels<float> dst,
                               TapTable t) {
        switch (t.taps) {
            case 4:
                return exec.each_lane("resize x", spans_of(dst), ResizeAcross<4>{src, dst, t});
            case 6:
                return exec.each_lane("resize x", spans_of(dst), ResizeAcross<6>{src, dst, t});
            case 8:
                return exec.each_lane("resize x", spans_of(dst), ResizeAcross<8>{src, dst, t});
            default:
                return exec.each_lane("resize x", spans_of(dst), ResizeAcross<0>{src, dst, t});
        }
    }
};

}  // namespace reverie
