// One picture as it is. Nothing but the sample: drivers that draw in software have a fast way for that.

uniform sampler2D picture;

void main() {
    shown = vec4(texture(picture, picture_position).rgb, 1.0);
}
