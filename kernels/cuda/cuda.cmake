# Finds nvcc and cuDNN. Sets REVERIE_HAS_CUDA; where it is true, the language CUDA is enabled, C++20 and the static runtime set.
# The driver's library is never linked: libreverie_cuda.so must load, and say why it cannot work, where there is none.
include(CheckLanguage)
# Code for sm_80 runs on sm_86, 87 and 89; sm_100 to 110 are served by the driver, from the PTX of 90.
set(REVERIE_CUDA_ARCHITECTURES "75-real;80-real;90;120" CACHE STRING
    "GPUs that code is made for; those without -real also as PTX, for others")
set(REVERIE_HAS_CUDA OFF)
set(REVERIE_HAS_CUDNN OFF)
if(NOT REVERIE_CUDA)
    return()
endif()

# Ends the search: a reason not to build the module, or, where it was asked for by name, an error.
macro(reverie_no_cuda reason)
    if(NOT REVERIE_CUDA STREQUAL "AUTO")
        message(FATAL_ERROR "REVERIE_CUDA is ${REVERIE_CUDA}, but ${reason}; set CUDACXX to another nvcc")
    endif()
    message(STATUS "The CUDA module is not built: ${reason}")
    return()
endmacro()

if(DEFINED ENV{CUDACXX})
    set(REVERIE_NVCC $ENV{CUDACXX})
else()
    find_program(REVERIE_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin)
endif()
if(NOT REVERIE_NVCC)
    reverie_no_cuda("there is no nvcc")
endif()
execute_process(COMMAND ${REVERIE_NVCC} --version OUTPUT_VARIABLE nvcc_version ERROR_QUIET)
string(REGEX MATCH "release ([0-9.]+)" nvcc_version "${nvcc_version}")
if(CMAKE_MATCH_1 VERSION_LESS 12.8)   # the first that knows sm_120
    reverie_no_cuda("${REVERIE_NVCC} is of CUDA ${CMAKE_MATCH_1}, and 12.8 is needed")
endif()
set(ENV{CUDACXX} ${REVERIE_NVCC})
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
    reverie_no_cuda("${REVERIE_NVCC} does not compile here")
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES ${REVERIE_CUDA_ARCHITECTURES})
endif()

set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)   # CMake up to 3.25 does not know that nvcc has C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
find_package(CUDAToolkit REQUIRED)
set(REVERIE_HAS_CUDA ON)

# cuDNN 9, of CUDA's folder, the system's, or a Python wheel's (CUDNN_ROOT names its folder, that with include/ and lib/; it has no
# libcudnn.so, only libcudnn.so.9). Without it the module is built and holds no fast convolutions: it says so, and is passed over.
find_path(REVERIE_CUDNN_INCLUDE cudnn_graph.h HINTS ENV CUDNN_ROOT ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES include)
find_library(REVERIE_CUDNN_LIBRARY NAMES libcudnn.so.9 cudnn HINTS ENV CUDNN_ROOT ${CUDAToolkit_LIBRARY_DIR} PATH_SUFFIXES lib lib64)
set(cudnn_version 0)
if(REVERIE_CUDNN_INCLUDE AND EXISTS ${REVERIE_CUDNN_INCLUDE}/cudnn_version.h)
    file(READ ${REVERIE_CUDNN_INCLUDE}/cudnn_version.h text)
    string(REGEX MATCH "CUDNN_MAJOR +([0-9]+)" ignored "${text}")
    set(cudnn_version ${CMAKE_MATCH_1})
    string(REGEX MATCH "CUDNN_MINOR +([0-9]+)" ignored "${text}")
    string(APPEND cudnn_version ".${CMAKE_MATCH_1}")
endif()
if(NOT REVERIE_CUDNN_LIBRARY OR cudnn_version VERSION_LESS 9.8)   # the first whose graphs know device properties
    message(STATUS "The CUDA module is built without cuDNN, and so without fast convolutions: cuDNN 9.8 or newer was not found; "
                   "CUDNN_ROOT can name its folder")
    return()
endif()
message(STATUS "cuDNN ${cudnn_version}: ${REVERIE_CUDNN_LIBRARY}")
set(REVERIE_HAS_CUDNN ON)
add_library(reverie_cudnn INTERFACE)
target_include_directories(reverie_cudnn SYSTEM INTERFACE ${REVERIE_CUDNN_INCLUDE} ${CUDAToolkit_INCLUDE_DIRS})
target_link_libraries(reverie_cudnn INTERFACE ${REVERIE_CUDNN_LIBRARY})
target_compile_definitions(reverie_cudnn INTERFACE REVERIE_HAS_CUDNN)
# What is known about cuDNN without a GPU: the module's, and its tests'.
set(REVERIE_CUDNN_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/cudnn_graph.cpp ${CMAKE_CURRENT_LIST_DIR}/cudnn_route.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cudnn_route_choice.cpp ${CMAKE_CURRENT_LIST_DIR}/route_cache.cpp)
