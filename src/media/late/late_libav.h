// libavfilter and libavdevice, which bring over seventy libraries more with them: loaded where a
// picture is filtered, or a camera, a screen or a microphone is opened. All other commands start in a
// third of the time.
#pragma once

extern "C" {
#include <libavdevice/avdevice.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

namespace reverie::libav {

inline constexpr int kLateLibavVersion = 1;

/// Their functions, under their own names.
struct LateLibav {
    int version;
    decltype(&::avfilter_get_by_name) avfilter_get_by_name;
    decltype(&::avfilter_graph_alloc) avfilter_graph_alloc;
    decltype(&::avfilter_graph_alloc_filter) avfilter_graph_alloc_filter;
    decltype(&::avfilter_init_str) avfilter_init_str;
    decltype(&::avfilter_link) avfilter_link;
    decltype(&::avfilter_graph_config) avfilter_graph_config;
    decltype(&::avfilter_graph_free) avfilter_graph_free;
    decltype(&::av_buffersrc_add_frame) av_buffersrc_add_frame;
    decltype(&::av_buffersink_get_frame) av_buffersink_get_frame;
    decltype(&::av_buffersink_get_time_base) av_buffersink_get_time_base;
    decltype(&::avdevice_register_all) avdevice_register_all;
    decltype(&::avdevice_list_input_sources) avdevice_list_input_sources;
    decltype(&::avdevice_free_list_devices) avdevice_free_list_devices;
};

extern "C" using LateLibavEntry = const LateLibav * (*)();  // "reverie_libav"

/// Loads them at the first call. Throws Error where the module libreverie_libav.so, or a library
/// that it needs, is not there. Thread-safety: any thread.
const LateLibav& late_libav();

}  // namespace reverie::libav
