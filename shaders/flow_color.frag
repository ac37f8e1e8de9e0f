// Optical flow: its direction as hue, its length as brightness.

uniform sampler2D flow;      // dx, dy in pixels
uniform float full_px;       // the length that is shown in full colour

vec3 hue_color(float turns) {
    vec3 distance = abs(fract(turns + vec3(0.0, 2.0, 1.0) / 3.0) * 6.0 - 3.0);
    return clamp(distance - 1.0, 0.0, 1.0);
}

void main() {
    vec2 uv = picture_position;
    vec2 motion = texture(flow, uv).rg;
    float turns = atan(motion.y, motion.x) / 6.283185307;
    float brightness = clamp(length(motion) / full_px, 0.0, 1.0);
    shown = vec4(brightness * hue_color(turns), 1.0);
}
