// Stands before every fragment shader.

in vec2 area_position;       // from the area's upper left corner, in pixels
in vec2 picture_position;    // 0 … 1
out vec4 shown;

// Rec. 709.
float luma(vec3 rgb) {
    return dot(rgb, vec3(0.2126, 0.7152, 0.0722));
}
