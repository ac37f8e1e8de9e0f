// How far the motion is trusted: the source in grey where it is, one warm colour where it is not.

uniform sampler2D confidence;    // 0 … 1
uniform sampler2D source;

const vec3 doubt = vec3(0.85, 0.25, 0.10);

void main() {
    vec2 uv = picture_position;
    float trust = clamp(texture(confidence, uv).r, 0.0, 1.0);
    shown = vec4(mix(doubt, vec3(luma(texture(source, uv).rgb)), trust), 1.0);
}
