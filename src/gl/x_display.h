// What becomes of the program when the X server ends, or its connection breaks.
#pragma once

namespace reverie {

/// Call once GLFW is initialised. From now on a lost connection to the X server only sets
/// display_lost(): Xlib would end the program by exit(), under the feet of its threads, with files
/// half written. Without an X server (Wayland), or with a libX11 older than 1.7, nothing changes.
void outlive_display();

/// The X server is gone: windows show nothing any more, and calls to it do nothing.
bool display_lost();

}  // namespace reverie
