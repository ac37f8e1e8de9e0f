// The source and the dream on either side of a line.

uniform sampler2D dream;
uniform sampler2D source;
uniform float wipe_x;        // pixels from the area's left edge; the source is left of it
uniform float line_width;    // of the line between them, in pixels

void main() {
    float x = area_position.x;
    if (abs(x - wipe_x) < 0.5 * line_width) {
        shown = vec4(1.0);
        return;
    }
    vec2 uv = picture_position;
    vec3 rgb = x < wipe_x ? texture(source, uv).rgb : texture(dream, uv).rgb;
    shown = vec4(rgb, 1.0);
}
