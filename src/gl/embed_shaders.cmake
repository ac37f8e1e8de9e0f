# cmake -DOUTPUT=x.cpp "-DFILES=a.vert;b.frag" -P embed_shaders.cmake
# Writes a C++ file whose shader_text() returns a file's text by its name.
set(rows "")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND rows "    if (name == \"${name}\") return R\"reverie(${text})reverie\";\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed_shaders.cmake.
#include \"src/gl/shader.h\"

namespace reverie {

std::string_view shader_text(std::string_view name) {
${rows}    return {};
}

}  // namespace reverie
")
