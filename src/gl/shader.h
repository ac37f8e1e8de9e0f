// OpenGL programs from the shader files that are built into the program (shaders/).
#pragma once

#include <cstdint>
#include <string_view>

namespace reverie {

/// The text of a file of shaders/, "" where there is none. Made at build.
std::string_view shader_text(std::string_view name);

/// Move-only owner of a program that covers the viewport with a fragment shader.
class Shader {
  public:
    /// shaders/present.vert with shaders/`fragment_name`, after shaders/placement.frag. Throws
    /// Error with the file and the compiler's words.
    explicit Shader(std::string_view fragment_name);
    ~Shader();
    Shader(Shader&& other) noexcept;
    Shader& operator=(Shader&& other) noexcept;

    void use() const;
    void set(const char* uniform, float x) const;
    void set(const char* uniform, float x, float y) const;
    void set(const char* uniform, float x, float y, float z) const;
    /// Binds texture `id` to `unit` for the sampler `uniform`.
    void set_texture(const char* uniform, int unit, uint32_t id) const;

  private:
    uint32_t id_ = 0;
};

}  // namespace reverie
