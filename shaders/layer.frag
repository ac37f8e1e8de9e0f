// What a layer sees: its activation as heat over the darkened source.

uniform sampler2D layer;
uniform sampler2D source;
uniform float peak;          // the activation that is shown brightest

vec3 heat(float t) {
    const vec3 stops[5] = vec3[](vec3(0.0), vec3(0.32, 0.07, 0.43), vec3(0.74, 0.22, 0.33), vec3(0.98, 0.56, 0.04),
                                 vec3(0.99, 1.0, 0.75));
    float place = clamp(t, 0.0, 1.0) * 4.0;
    int stop = min(int(place), 3);
    return mix(stops[stop], stops[stop + 1], place - float(stop));
}

void main() {
    vec2 uv = picture_position;
    float t = clamp(texture(layer, uv).r / peak, 0.0, 1.0);
    float grey = 0.3 * luma(texture(source, uv).rgb);
    shown = vec4(heat(t) + grey * (1.0 - t), 1.0);
}
