// One picture as it is.

uniform sampler2D picture;

void main() {
    vec2 uv = picture_position;
    shown = outside(uv) ? vec4(0.0, 0.0, 0.0, 1.0) : vec4(texture(picture, uv).rgb, 1.0);
}
