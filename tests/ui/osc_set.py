#!/usr/bin/env python3
"""Plays a set of 60 seconds by OSC, with a click track as sound, and measures when each thing happened.

usage: osc_set.py PROGRAM [short]
  short   the same in a few seconds, without a film: what happened, and in which bar, but not how punctually

Two clocks are compared with what was asked: that of this program, by what the show sends (--osc-out), and the film that the
show records, by its pictures and the clicks beside them. Prints a table; errors are in display frames of 1/30 s. Exit code 1
if anything did not happen, or later than in the next picture, or more than a frame from its beat.
"""
import array
import json
import math
import os
import queue
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave

import osc_show

FRAME_S = 1 / 30
BPM = 120
BEAT_S = 60 / BPM
# What is asked just when a picture was begun is in the next one, and that one takes a moment to make.
LIMIT = 1 + 0.005 / FRAME_S
# Two looks that differ in what is seen at once: the dream is there, or it is not.
LOOKS = {"bare": "strength = 0\n", "full": "strength = 3\n"}


def write_clicks(path, seconds):
    """A click on each beat of BPM, the first one at 0.5 s; a thud besides where a bar begins."""
    rate = 48000
    samples = array.array("h", [0]) * int(seconds * rate)
    for beat in range(int((seconds - 1) / BEAT_S)):
        first = int((0.5 + beat * BEAT_S) * rate)
        bar = beat % 4 == 0
        for i in range(rate // 20):
            t = i / rate
            value = 9000 * math.exp(-120 * t) * math.sin(2 * math.pi * 2000 * t)
            value += bar * 18000 * math.exp(-60 * t) * math.sin(2 * math.pi * 70 * t)
            samples[first + i] = int(value)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


class Listener(threading.Thread):
    """Keeps all that the show sends, each with the time at which it came."""

    def __init__(self, out):
        super().__init__(daemon=True)
        self.out, self.news, self.beats = out, queue.Queue(), []
        self.start()

    def run(self):
        self.out.settimeout(None)
        while True:
            packet, at = self.out.recv(65536), time.monotonic()
            for path, values in osc_show.read(packet):
                if path == "/reverie/beat":
                    self.beats.append((at, values[0]))
                else:
                    self.news.put((at, path, values))

    def forget(self):
        while not self.news.empty():
            self.news.get()

    def heard(self, path, holds, patience):
        """When the address was sent with values that `holds` takes; None if that did not come in time."""
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            try:
                at, got, values = self.news.get(timeout=left)
            except queue.Empty:
                return None
            if got == path and holds(values):
                return at
        return None


class Set:
    def __init__(self, program, short):
        self.folder, self.rows, self.short, self.beat_s = tempfile.mkdtemp(), [], short, BEAT_S
        looks = os.path.join(self.folder, "reverie", "presets")
        os.makedirs(looks)
        for name, look in LOOKS.items():
            with open(os.path.join(looks, name + ".toml"), "w", encoding="utf-8") as file:
                file.write(f'title = "{name}"\ndescription = ""\n[params]\n{look}')
        os.environ["XDG_CONFIG_HOME"] = self.folder
        self.clicks = os.path.join(self.folder, "clicks.wav")
        write_clicks(self.clicks, 90)
        options = ["--midi", "off"]
        if not short:
            options += ["--sound", self.clicks, "--record", "set.mp4"]
        self.show = osc_show.Show(program, *options, size="320x180")
        self.listener = Listener(self.show.out)
        self.show.send("/reverie/fade", 0.0)

    def play(self, path, *values, echo=None, holds=None, due=None, patience=10.0):
        """Asks, and waits until the show says that it has happened; `due`: when it belongs, if not at once."""
        self.listener.forget()
        asked = time.monotonic()
        self.show.send(path, *values)
        told = self.listener.heard(echo or path, holds or (lambda got: got[0] == values[0]), patience)
        self.rows.append({"asked": asked, "what": " ".join(map(str, (path, *values))), "due": due or asked,
                          "told": told, "waits": due is not None})
        return told

    def rest(self, seconds):
        time.sleep(max(0, seconds))

    def tap(self, first, count):
        """On each beat from `first` on. When the first one was, by the line through them all."""
        taps = []
        for i in range(count):
            time.sleep(max(0, first + i * BEAT_S - time.monotonic()))
            self.listener.forget()
            taps.append(time.monotonic())
            self.show.send("/reverie/tap")
        asked = time.monotonic()
        middle = (count - 1) / 2
        slope = sum((i - middle) * tap for i, tap in enumerate(taps)) / sum((i - middle) ** 2 for i in range(count))
        if self.short:  # else the clicks that are heard keep it
            self.beat_s = slope
        told = self.listener.heard("/reverie/tempo", lambda got: abs(got[0] - BPM) < 3, 3)
        self.rows.append({"asked": asked, "what": f"/reverie/tap, {count} times", "due": asked, "told": told, "waits": False})
        return sum(taps) / count - middle * slope

    def bar_after(self, at, first):
        """The first bar after `at`, of those that begin at `first`."""
        return first + math.ceil((at - first) / (4 * self.beat_s)) * 4 * self.beat_s

    def heard_bar(self):
        """Where a bar begins, as the show tells its beats: each is told with the next picture."""
        bars = [at - FRAME_S / 2 for at, beat in self.listener.beats[-16:] if beat == 1]
        ahead = [at + round((bars[-1] - at) / (4 * BEAT_S)) * 4 * BEAT_S for at in bars]
        return sum(ahead) / len(ahead)

    def wait_for_beats(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            told = self.show.ask("/reverie/tempo")[0]
            if abs(told - BPM) < 1.5:
                return
            time.sleep(0.2)
        raise SystemExit(f"the click track is not heard: {told} bpm")

    def end(self):
        self.show.process.send_signal(2)
        report, said = self.show.process.communicate(timeout=60)
        return json.loads(report), said


def on_bars(a_set, first_bar, count):
    """Presets that are asked for somewhere in a bar, and come where the next one begins."""
    for i in range(count):
        bar = a_set.bar_after(time.monotonic(), first_bar())
        a_set.rest(bar + 0.2 + 0.37 * i % 1.4 - time.monotonic())
        name = list(LOOKS)[i % 2]
        due = a_set.bar_after(time.monotonic(), first_bar())
        a_set.play("/reverie/preset", name, 0.0, due=due)


def play(a_set):
    begun = time.monotonic()
    if a_set.short:
        first = a_set.tap(time.monotonic() + 0.1, 4)
        a_set.play("/reverie/quantise", "bar")
        on_bars(a_set, lambda: first, 2)
        a_set.play("/reverie/quantise", "off")
    else:
        a_set.wait_for_beats()
        a_set.rest(max(0, begun + 14 - time.monotonic()))
        a_set.play("/reverie/quantise", "bar")
        on_bars(a_set, a_set.heard_bar, 6)
        a_set.play("/reverie/quantise", "beat")
        a_set.play("/reverie/quantise", "off")
        a_set.rest(0.5)
    for panic in ["black"] if a_set.short else ["black", "source", "hold", "black"]:
        a_set.play("/reverie/panic", panic)
        a_set.rest(0.3 if a_set.short else 1.1)
        a_set.play("/reverie/panic", "off")
        a_set.rest(0.1 if a_set.short else 0.7)
    a_set.play("/reverie/strength", 2.5)
    a_set.play("/reverie/crossfade/ends", "bare", "full")
    takes = 0.5 if a_set.short else 4.0
    asked = time.monotonic()
    a_set.play("/reverie/crossfade/run", 1.0, takes, echo="/reverie/crossfade", holds=lambda got: got[0] > 0)
    a_set.rows[-1]["what"] += ", begins"
    arrived = a_set.listener.heard("/reverie/crossfade", lambda got: got[0] == 1, takes + 2)
    a_set.rows.append({"asked": asked, "what": f"    … it is there {takes:g} s later", "due": asked + takes, "told": arrived,
                       "waits": False})
    if not a_set.short:
        # Taps in the rhythm of the clicks, as a hand that hears them gives them.
        first = a_set.tap(a_set.bar_after(time.monotonic() + 0.3, a_set.heard_bar()), 8)
        a_set.play("/reverie/quantise", "bar")
        on_bars(a_set, lambda: first, 4)
        a_set.play("/reverie/quantise", "off")
        a_set.rest(max(0, begun + 60 - time.monotonic()))
    return begun


def film_facts(film):
    """When the film turns black and comes back, when its picture jumps, and when its bars begin, in seconds of it."""
    tags = "lavfi.signalstats.YAVG,lavfi.signalstats.YDIF"
    lines = subprocess.run(["ffprobe", "-v", "error", "-f", "lavfi", "-i", f"movie={film},signalstats", "-show_entries",
                            f"frame=pts_time:frame_tags={tags}", "-of", "json"], capture_output=True, text=True).stdout
    frames = [(float(f["pts_time"]), float(f["tags"]["lavfi.signalstats.YAVG"]), float(f["tags"]["lavfi.signalstats.YDIF"]))
              for f in json.loads(lines)["frames"]]
    sound = subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-af", "lowpass=f=200", "-ac", "1", "-ar", "8000", "-f", "s16le",
                            "-"], capture_output=True).stdout
    thuds, last = [], -1
    for i, (sample,) in enumerate(struct.iter_unpack("<h", sound)):
        if abs(sample) > 3000 and i / 8000 - last > 0.3:
            thuds.append(i / 8000)
            last = i / 8000
    return frames, thuds


def come_first():
    """A clock that is late itself measures nothing: as the show, this program comes before others where it may."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR) + 1))
    except PermissionError:
        print("other programs may come before this one: what is told may be later here than it was sent")


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    short = "short" in sys.argv[2:]
    a_set = Set(os.path.abspath(sys.argv[1]), short)
    come_first()
    begun = play(a_set)
    report, said = a_set.end()
    wrong = 0
    print(f"{'asked':>8}  {'what':<34} {'due':>8} {'happened':>9} {'error in frames':>16}")
    for row in a_set.rows:
        row["error"] = None if row["told"] is None else (row["told"] - row["due"]) / FRAME_S
        # What waits for a bar is judged by the film, where there is one: a message may be late on its way.
        judged = row["waits"] == short
        limit = 2 * BEAT_S / FRAME_S if short else LIMIT
        bad = row["told"] is None or judged and abs(row["error"]) > limit
        wrong += bad
        told = "never" if row["told"] is None else f"{row['told'] - begun:8.3f}s"
        error = "" if row["error"] is None else f"{row['error']:+.2f}"
        print(f"{row['asked'] - begun:7.3f}s  {row['what']:<34} {row['due'] - begun:7.3f}s {told:>9} {error:>16}{'   WRONG' if bad else ''}")
    if not short:
        wrong += film_table(os.path.join(a_set.show.folder, "set.mp4"), a_set.rows)
    print(f"{report['presented_fps']:.1f} pictures a second, {report['late_frames']} late; said: {said.strip()}")
    shutil.rmtree(a_set.show.folder)
    shutil.rmtree(a_set.folder)
    return 1 if wrong else 0


def film_table(film, rows):
    """What the audience has seen: where each preset of the first row of bars stands beside the click of its bar."""
    frames, thuds = film_facts(film)
    blacks = [at for (at, level, _), (_, before, _) in zip(frames[1:], frames) if level < 18 <= before]
    panics = [row for row in rows if row["what"].endswith("panic black")]
    wrong = len(blacks) != len(panics)
    print(f"\nin the film: {len(blacks)} times black, {len(thuds)} bars")
    if not blacks or not panics:
        return 1
    shift = panics[0]["told"] - blacks[0]
    for row, black in zip(panics[1:], blacks[1:]):
        print(f"  black again: {(black + shift - row['told']) / FRAME_S:+.2f} frames from where it was told")
    for row in (row for row in rows if row["waits"]):
        around = [frame for frame in frames if abs(frame[0] + shift - row["due"]) < 0.4]
        jump = max(around, key=lambda frame: frame[2])
        bar = min(thuds, key=lambda at: abs(at - jump[0]))
        error = (jump[0] - bar) / FRAME_S
        bad = abs(error) > 1
        wrong += bad
        print(f"  {row['what']:<34} {jump[0]:7.3f}s, its bar's click {bar:7.3f}s: {error:+.2f} frames{'   WRONG' if bad else ''}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
