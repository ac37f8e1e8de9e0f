#include "src/dream/pipeline.h"

namespace reverie {

Pipeline::Pipeline(Device& device, Network& network, size_t memory_bytes, MaskLoader load_mask)
    : dreamer_(network, memory_bytes), temporal_(device, {.load_mask = std::move(load_mask)}) {}

size_t Pipeline::picture_bytes(int width, int height, const Params& params) {
    return Dreamer::picture_bytes(width, height, params) +
           TemporalDream::render_bytes(width, height, params) +
           MaskMaker::picture_bytes(width, height, params.objective);
}

Pixels<const float> Pipeline::next(Stream& stream, Pixels<const float> frame, double time_s,
                                   const Params& params, Stream* arriving) {
    temporal_.dream(stream, dreamer_, frame, time_s, params, arriving);
    return temporal_.composite(stream, params.strength);
}

}  // namespace reverie
