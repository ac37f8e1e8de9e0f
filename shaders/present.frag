// One picture as it is, opaque. Nothing but the sample: drivers that draw in software have a fast way for that (and
// Mesa 22.3's mixes up red and blue where channels are named).

uniform sampler2D picture;

void main() {
    shown = texture(picture, picture_position);
}
