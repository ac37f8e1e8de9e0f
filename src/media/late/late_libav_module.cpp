// libreverie_libav.so: the only file that is linked with libavfilter and libavdevice.
#include "src/media/late/late_libav.h"

extern "C" __attribute__((visibility("default"))) const reverie::libav::LateLibav* reverie_libav() {
    static const reverie::libav::LateLibav table{
        reverie::libav::kLateLibavVersion,
        avfilter_get_by_name,
        avfilter_graph_alloc,
        avfilter_graph_alloc_filter,
        avfilter_init_str,
        avfilter_link,
        avfilter_graph_config,
        avfilter_graph_free,
        av_buffersrc_add_frame,
        av_buffersink_get_frame,
        av_buffersink_get_time_base,
        avdevice_register_all,
        avdevice_list_input_sources,
        avdevice_free_list_devices,
    };
    return &table;
}
