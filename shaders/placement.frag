// Stands before every fragment shader: where this pixel lies in the picture (Placement of src/gl/present.h).

uniform vec2 area_origin;    // upper left corner of the area, in pixels of the window
uniform float window_height;
uniform vec3 placement_u;    // a, b, c
uniform vec3 placement_v;    // d, e, f
out vec4 shown;

vec2 area_position() {
    return vec2(gl_FragCoord.x, window_height - gl_FragCoord.y) - area_origin;
}

vec2 picture_position() {
    vec3 position = vec3(area_position(), 1.0);
    return vec2(dot(placement_u, position), dot(placement_v, position));
}

bool outside(vec2 uv) {
    return any(lessThan(uv, vec2(0.0))) || any(greaterThanEqual(uv, vec2(1.0)));
}

// Rec. 709.
float luma(vec3 rgb) {
    return dot(rgb, vec3(0.2126, 0.7152, 0.0722));
}
