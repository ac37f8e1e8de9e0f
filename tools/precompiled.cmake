# Headers of other libraries that most files include, compiled once. Every file still includes what it uses, because clang-tidy
# reads the files without them.
add_library(reverie_precompiled OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/src/util/error.cpp)
target_link_libraries(reverie_precompiled PRIVATE reverie_flags fmt::fmt)
target_precompile_headers(reverie_precompiled PRIVATE <algorithm> <array> <atomic> <chrono> <deque> <filesystem> <functional> <future>
                          <map> <memory> <mutex> <optional> <string> <thread> <variant> <vector> <fmt/format.h>)
if(CCACHE)
    target_compile_options(reverie_flags INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
endif()

# reverie_precompile(TARGET…): for targets that are compiled with the same options.
function(reverie_precompile)
    foreach(target IN LISTS ARGN)
        target_precompile_headers(${target} REUSE_FROM reverie_precompiled)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ${REVERIE_UNITY})
    endforeach()
endfunction()
