# Readers of untrusted bytes, under libFuzzer: tools/fuzz builds and runs them. The readers are compiled here once more, so that
# all of their branches are counted, and no others.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "REVERIE_FUZZ needs clang: libFuzzer is part of it; tools/fuzz sees to that")
endif()
find_package(GTest REQUIRED)
set(fuzz ${PROJECT_SOURCE_DIR}/tests/fuzz)
set(src ${PROJECT_SOURCE_DIR}/src)

# reverie_fuzzed(NAME SOURCE…): a library whose branches are counted.
function(reverie_fuzzed name)
    add_library(${name} STATIC ${ARGN})
    target_link_libraries(${name} PUBLIC reverie_flags fmt::fmt nlohmann_json::nlohmann_json)
    target_compile_options(${name} PUBLIC -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
    target_link_options(${name} PUBLIC -fsanitize=address,undefined)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
endfunction()

# reverie_fuzzer(NAME LIBRARY SOURCE…)
function(reverie_fuzzer name library)
    add_executable(${name} ${fuzz}/fuzz_main.cpp ${fuzz}/support.cpp ${ARGN})
    target_link_libraries(${name} PRIVATE ${library})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()

# Files of networks.
set(net ${src}/net)
reverie_fuzzed(reverie_fuzzed_weights
    ${net}/graph.cpp ${net}/googlenet.cpp ${net}/inception_v3.cpp ${net}/mapped_file.cpp ${net}/recognise.cpp
    ${net}/safetensors.cpp ${net}/import/protobuf_wire.cpp ${net}/import/import.cpp ${net}/import/caffe.cpp
    ${net}/import/tensorflow.cpp ${net}/import/torchvision.cpp ${net}/kept_channels.cpp ${net}/weights.cpp ${src}/util/error.cpp
    ${src}/util/file_signature.cpp)
set_target_properties(reverie_fuzzed_weights PROPERTIES UNITY_BUILD OFF)
reverie_fuzzer(fuzz_weights reverie_fuzzed_weights ${fuzz}/rows_weights.cpp ${fuzz}/fuzz_weights.cpp)
add_executable(fuzz_seeds ${fuzz}/fuzz_seeds.cpp ${PROJECT_SOURCE_DIR}/tests/support/external_files.cpp
                          ${PROJECT_SOURCE_DIR}/tests/support/naive_network.cpp)
target_link_libraries(fuzz_seeds PRIVATE reverie_fuzzed_weights GTest::gtest)

# What plays a show from outside, what is kept from one run to another, and what comes through a pipe. All of control but what opens
# devices.
file(GLOB control CONFIGURE_DEPENDS ${src}/control/*.cpp ${src}/control/osc/*.cpp ${src}/control/midi/*.cpp
     ${src}/control/timeline/*.cpp)
list(REMOVE_ITEM control ${src}/control/surface.cpp ${src}/control/midi/alsa_sequencer.cpp)
reverie_fuzzed(reverie_fuzzed_control ${control} ${src}/dream/masks/mask_name.cpp ${src}/dream/objective.cpp ${src}/dream/params.cpp ${src}/show/show_state.cpp
               ${src}/render/recipe.cpp ${src}/render/queue/job_queue.cpp)
file(GLOB_RECURSE media CONFIGURE_DEPENDS ${src}/media/*.cpp)
file(GLOB patterns CONFIGURE_DEPENDS ${src}/media/patterns/*.cpp)
set_source_files_properties(${patterns} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
reverie_fuzzed(reverie_fuzzed_media ${media})
target_link_libraries(reverie_fuzzed_media PUBLIC reverie_kernels PkgConfig::LIBAV PkgConfig::LCMS)
target_link_libraries(reverie_fuzzed_control PUBLIC reverie_fuzzed_media reverie_util reverie_looks tomlplusplus::tomlplusplus
                                                    PkgConfig::LIBLO)
reverie_fuzzer(fuzz_readers reverie_fuzzed_control ${fuzz}/rows_control.cpp ${fuzz}/fuzz_maps.cpp ${fuzz}/fuzz_media.cpp
               ${fuzz}/fuzz_midi.cpp ${fuzz}/fuzz_osc.cpp ${fuzz}/fuzz_texts.cpp)

# The parser of the command line. Nothing is run, so what the commands would call is not there.
file(GLOB cli CONFIGURE_DEPENDS ${src}/cli/*.cpp ${src}/control/surfaces/*.cpp ${src}/control/link/link_session.cpp
     ${src}/control/surface.cpp ${src}/control/midi/alsa_sequencer.cpp)
reverie_fuzzed(reverie_fuzzed_cli ${cli})
target_compile_definitions(reverie_fuzzed_cli PRIVATE REVERIE_VERSION="${PROJECT_VERSION}" REVERIE_DATE="${REVERIE_DATE}")
target_link_libraries(reverie_fuzzed_cli PUBLIC reverie_fuzzed_control CLI11::CLI11 PkgConfig::ALSA)
reverie_fuzzer(fuzz_commands reverie_fuzzed_cli ${fuzz}/rows_commands.cpp ${fuzz}/fuzz_commands.cpp)
target_link_options(fuzz_commands PRIVATE -no-pie -Wl,--unresolved-symbols=ignore-all)

add_executable(write_seeds ${fuzz}/write_seeds.cpp ${fuzz}/support.cpp ${fuzz}/command_seeds.cpp ${fuzz}/hand_seeds.cpp
                           ${fuzz}/media_seeds.cpp ${fuzz}/text_seeds.cpp)
target_link_libraries(write_seeds PRIVATE reverie_fuzzed_control)
