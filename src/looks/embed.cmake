# cmake -DOUTPUT=x.cpp -DFUNCTION=name "-DFILES=a.toml;b.toml" -P embed.cmake
# Writes a C++ file whose function returns the files' names (without folder and ending) and texts.
set(rows "")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND rows "    {\"${name}\", R\"reverie(${text})reverie\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed.cmake.
#include \"src/control/preset_library.h\"

namespace reverie {

const std::vector<EmbeddedFile>& ${FUNCTION}() {
    static const std::vector<EmbeddedFile> files{
${rows}    };
    return files;
}

}  // namespace reverie
")
