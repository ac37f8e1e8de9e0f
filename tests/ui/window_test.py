#!/usr/bin/env python3
"""The whole show under a display of its own, played by xdotool: it starts on a pattern, records, has a layer's fader dragged and
a preset loaded, and quits. The recording plays, is calm before the drag and dreamed after it. Then a show whose display goes
away: it says so, and its recording plays.

usage: window_test.py PROGRAM"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

WIDTH, HEIGHT = 1280, 720
LAYER = "inception_3b"
DREAMED = 1.2  # detail, relative to that of the clouds, which alone changes by a few percent
CLEARLY = 1.3  # the same, less what encoding removes
PATIENCE_S = 60  # for steps that take a second on an idle machine


def check(condition, what):
    if not condition:
        sys.exit(f"window_test: {what}")


def wait_for(what, look):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    sys.exit(f"window_test: waited {PATIENCE_S} s for {what}")


class Display:
    """An X server that chooses its number itself."""

    def __enter__(self):
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as answer:
            self.name = ":" + answer.readline().strip()
        check(len(self.name) > 1, "there is no display: Xvfb did not start")
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()


class Hand:
    def __init__(self, environment, controls):
        self.environment = environment
        self.controls = controls

    def do(self, *words):
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True)
        time.sleep(0.2)  # the overlay looks at its input once a frame

    def rectangle(self, name):
        def look():
            try:
                return json.loads(self.controls.read_text()).get(name)
            except (FileNotFoundError, json.JSONDecodeError):
                return None
        return wait_for(f"the control {name}", look)

    def drag(self, name, from_share, to_share):
        left, top, right, bottom = self.rectangle(name)
        y = round((top + bottom) / 2)
        x = [round(left + share * (right - left)) for share in (from_share, (from_share + to_share) / 2, to_share)]
        self.do("mousemove", x[0], y)
        self.do("mousedown", 1)
        self.do("mousemove", x[1], y)
        self.do("mousemove", x[2], y)
        self.do("mouseup", 1)

    def key(self, key):
        self.do("key", key)


def detail(source, environment):
    """The mean difference of neighbouring pixels of a frame, which a dream makes larger."""
    width, height = 320, 180
    raw = subprocess.run(["ffmpeg", "-v", "error", *source, "-frames:v", "1", "-vf", f"scale={width}:{height}", "-f", "rawvideo",
                          "-pix_fmt", "gray", "-"], env=environment, capture_output=True, check=True).stdout
    check(len(raw) == width * height, f"there is no frame in {source}")
    return sum(abs(raw[i] - raw[i + 1]) for i in range(len(raw) - 1)) / len(raw)


def detail_at(recording, seconds, environment):
    return detail(["-ss", f"{seconds:.2f}", "-i", recording], environment)


def detail_on_screen(environment):
    """Measures while no panel covers the picture."""
    return detail(["-f", "x11grab", "-draw_mouse", "0", "-video_size", f"{WIDTH}x{HEIGHT}", "-i", environment["DISPLAY"]],
                  environment)


def play(program, display, folder):
    controls = folder / "controls.json"
    environment = {**os.environ, "DISPLAY": display.name, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
                   "XDG_STATE_HOME": str(folder), "XDG_DATA_HOME": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
    # All faders at 0: nothing is dreamed yet.
    show = subprocess.Popen([program, "live", "pattern:clouds", "--device", "cpu", "--size", "320x180", "--controls", controls,
                             "--objective", f"0*{LAYER}", "--set", "octaves=1", "--set", "half_life=60"], cwd=folder,
                            env=environment)
    try:
        hand = Hand(environment, controls)
        hand.rectangle(LAYER)  # the overlay's layout is final
        hand.do("mousemove", WIDTH // 2, HEIGHT // 2)
        hand.key("r")
        recording = wait_for("the recording", lambda: next(folder.glob("*.partial*"), None) or next(folder.glob("*.mp4"), None))
        begun = time.monotonic()
        time.sleep(1.5)
        hand.key("Tab")
        plain = detail_on_screen(environment)
        hand.key("Tab")
        dragged = time.monotonic() - begun
        hand.drag(LAYER, 0.5, 0.95)
        hand.do("mousemove", WIDTH // 2, HEIGHT // 2)
        hand.key("Tab")
        # As fast as the machine can dream.
        wait_for("a dream of the drag", lambda: detail_on_screen(environment) > CLEARLY * plain)
        dreamed = time.monotonic() - begun
        hand.key("1")
        time.sleep(1)
        hand.key("r")
        wait_for(f"the end of {recording.name}", lambda: next(folder.glob("*.mp4"), None) and not next(folder.glob("*.partial*"), None))
        hand.key("ctrl+q")
        check(show.wait(PATIENCE_S) == 0, f"the show ended with {show.returncode}")
    finally:
        if show.poll() is None:
            show.kill()
            show.wait()
    return next(folder.glob("*.mp4")), dragged, dreamed, environment


def lose_display(program, display, environment, folder):
    recording = folder / "lost.mkv"
    show = subprocess.Popen([program, "live", "pattern:noise", "--device", "cpu", "--size", "320x180", "--set", "strength=0",
                             "--record", recording], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_for("the recording", lambda: any(map(has_picture, folder.glob("*lost*"))))
        display.server.kill()
        said = show.communicate(timeout=PATIENCE_S)[1]
    finally:
        if show.poll() is None:
            show.kill()
            show.wait()
    check(show.returncode == 1 and "the display went away" in said, f"without a display: {show.returncode}, {said}")
    check_plays(recording)


def has_picture(recording):
    probed = subprocess.run(["ffprobe", "-v", "quiet", "-select_streams", "v", "-read_intervals", "%+#1", "-show_entries", "packet=flags",
                             "-of", "csv=p=0", recording], capture_output=True, text=True, check=False)
    return probed.stdout.startswith("K")


def check_plays(recording):
    # Frames keep their own times: rounded to a rate, two of them may fall together.
    decoded = subprocess.run(["ffmpeg", "-v", "error", "-i", recording, "-fps_mode", "passthrough", "-enc_time_base", "-1",
                              "-f", "null", "-"], capture_output=True, text=True, check=False)
    check(decoded.returncode == 0 and not decoded.stderr, f"the recording does not play: {decoded.stderr}")


def main():
    with tempfile.TemporaryDirectory() as name, Display() as display:
        recording, dragged, dreamed, environment = play(sys.argv[1], display, pathlib.Path(name))
        probed = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", recording],
                                capture_output=True, text=True, check=True)
        seconds = float(probed.stdout)
        check(seconds > 3, f"the recording has {seconds} s")
        check_plays(recording)
        before, after = detail_at(recording, dragged / 2, environment), detail_at(recording, dreamed, environment)
        check(after > DREAMED * before, f"the recording does not dream after the drag: detail {before:.2f} before, {after:.2f} after")
        print(f"{seconds:.1f} s were recorded; detail {before:.2f} before the drag, {after:.2f} after")
        lose_display(sys.argv[1], display, environment, pathlib.Path(name))


if __name__ == "__main__":
    main()
