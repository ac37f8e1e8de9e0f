// What becomes of the program when the X server ends, or its connection breaks.
#pragma once

namespace reverie {

/// Call once GLFW is initialised. From now on a lost connection to the X server only sets
/// display_lost(): Xlib would end the program by exit(), under the feet of its threads, with files
/// half written. Without an X server (Wayland), or with a libX11 older than 1.7, nothing changes.
void outlive_display();

/// Waits for an answer of the X server; false if it is gone. GLFW crashes where it asks a server for
/// a monitor's mode that has gone unnoticed. True without an X server.
bool display_answers();

/// The X server is gone: windows show nothing any more, and calls to it do nothing.
bool display_lost();

}  // namespace reverie
