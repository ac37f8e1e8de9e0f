#include "src/gl/shader.h"

#include <fmt/format.h>
#include <glad/gl.h>

#include <string>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr std::string_view kVertexName = "present.vert";
constexpr std::string_view kCommonName = "placement.frag";

std::string text_of(std::string_view name) {
    const std::string_view text = shader_text(name);
    require(!text.empty(), fmt::format("shader {} is not built into this program", name));
    return std::string(text);
}

uint32_t compile(GLenum kind, std::string_view name, const std::string& text) {
    const uint32_t id = glCreateShader(kind);
    const char* source = text.c_str();
    glShaderSource(id, 1, &source, nullptr);
    glCompileShader(id);
    GLint compiled = 0;
    glGetShaderiv(id, GL_COMPILE_STATUS, &compiled);
    if (compiled != 0) return id;
    std::string log(1024, '\0');
    GLsizei length = 0;
    glGetShaderInfoLog(id, static_cast<GLsizei>(log.size()), &length, log.data());
    glDeleteShader(id);
    log.resize(static_cast<size_t>(length));
    throw Error(fmt::format("shader {} does not compile here: {}", name, one_line(log)));
}

}  // namespace

Shader::Shader(std::string_view fragment_name) {
    const uint32_t vertex = compile(GL_VERTEX_SHADER, kVertexName, text_of(kVertexName));
    const std::string text =
        "#version 330 core\n" + text_of(kCommonName) + "#line 1\n" + text_of(fragment_name);
    uint32_t fragment = 0;
    try {
        fragment = compile(GL_FRAGMENT_SHADER, fragment_name, text);
    } catch (...) {
        glDeleteShader(vertex);
        throw;
    }
    id_ = glCreateProgram();
    glAttachShader(id_, vertex);
    glAttachShader(id_, fragment);
    glLinkProgram(id_);
    glDeleteShader(vertex);
    glDeleteShader(fragment);
    GLint linked = 0;
    glGetProgramiv(id_, GL_LINK_STATUS, &linked);
    if (linked != 0) return;
    glDeleteProgram(id_);
    throw Error(fmt::format("shader {} cannot be linked here", fragment_name));
}

Shader::~Shader() {
    if (id_ != 0) glDeleteProgram(id_);
}

Shader::Shader(Shader&& other) noexcept : id_(std::exchange(other.id_, 0)) {}

Shader& Shader::operator=(Shader&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
}

void Shader::use() const { glUseProgram(id_); }

void Shader::set(const char* uniform, float x) const {
    glUniform1f(glGetUniformLocation(id_, uniform), x);
}

void Shader::set(const char* uniform, float x, float y) const {
    glUniform2f(glGetUniformLocation(id_, uniform), x, y);
}

void Shader::set(const char* uniform, float x, float y, float z) const {
    glUniform3f(glGetUniformLocation(id_, uniform), x, y, z);
}

void Shader::set_texture(const char* uniform, int unit, uint32_t id) const {
    glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
    glBindTexture(GL_TEXTURE_2D, id);
    glUniform1i(glGetUniformLocation(id_, uniform), unit);
}

}  // namespace reverie
