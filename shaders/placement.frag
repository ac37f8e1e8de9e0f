// Stands before every fragment shader.

in vec2 area_position;       // from the area's upper left corner, in pixels
in vec2 picture_position;    // 0 … 1 inside the picture
out vec4 shown;

bool outside(vec2 uv) {
    return any(lessThan(uv, vec2(0.0))) || any(greaterThanEqual(uv, vec2(1.0)));
}

// Rec. 709.
float luma(vec3 rgb) {
    return dot(rgb, vec3(0.2126, 0.7152, 0.0722));
}
