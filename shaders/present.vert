#version 330 core
// One triangle that covers the viewport, and where its pixels lie in the picture (Placement of src/gl/present.h).

uniform vec2 area_origin;    // of the viewport's upper left corner in the area, in pixels
uniform vec2 area_size;      // of the viewport, in pixels
uniform vec3 placement_u;    // a, b, c
uniform vec3 placement_v;    // d, e, f
out vec2 area_position;      // from the area's upper left corner, in pixels
out vec2 picture_position;

void main() {
    vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
    area_position = area_origin + vec2(corner.x, 1.0 - corner.y) * area_size;
    vec3 position = vec3(area_position, 1.0);
    picture_position = vec2(dot(placement_u, position), dot(placement_v, position));
}
