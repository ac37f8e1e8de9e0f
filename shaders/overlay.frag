// What was drawn apart, laid over what is there: colours are multiplied by their alpha already. Nothing but the sample,
// as present.frag.

uniform sampler2D layer;

void main() {
    shown = texture(layer, picture_position);
}
