// What was drawn apart, laid over what is there: colours are multiplied by their alpha already.

uniform sampler2D layer;

void main() {
    shown = texelFetch(layer, ivec2(gl_FragCoord.xy), 0);
}
