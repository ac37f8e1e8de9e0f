#!/usr/bin/env python3
"""Plays a show of the whole program over OSC, with liblo's oscsend and oscdump as the other side.

usage: osc_show.py PROGRAM keys|flood|set [SECONDS]
  keys    sets every parameter by oscsend, compares what oscdump is sent, and asks for it
  flood   sends 50,000 messages a second and compares the pictures a second with a quiet show
  set     plays a set: presets, panic and back, a cross-fade; when each was asked and carried out

Prints a table. Exit code 1 if anything is not as it was asked.
"""
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

LOOK = ["--objective", "conv2", "--set", "octaves=1", "--set", "iterations=1"]


def padded(data):
    return data + b"\0" * (4 - len(data) % 4)


def message(path, *values):
    types, body = ",", b""
    for value in values:
        if isinstance(value, bool):
            types += "T" if value else "F"
        elif isinstance(value, int):
            types, body = types + "i", body + struct.pack(">i", value)
        elif isinstance(value, float):
            types, body = types + "f", body + struct.pack(">f", value)
        else:
            types, body = types + "s", body + padded(value.encode())
    return padded(path.encode()) + padded(types.encode()) + body


def bundle(messages):
    body = b"".join(struct.pack(">i", len(one)) + one for one in messages)
    return b"#bundle\0" + struct.pack(">q", 1) + body


def read(packet):
    """(path, values) of each message of a packet."""
    if packet.startswith(b"#bundle\0"):
        at, found = 16, []
        while at < len(packet):
            size = struct.unpack_from(">i", packet, at)[0]
            found += read(packet[at + 4:at + 4 + size])
            at += 4 + size
        return found
    path = packet[:packet.index(b"\0")].decode()
    at = len(path) // 4 * 4 + 4
    types = packet[at + 1:packet.index(b"\0", at)].decode()
    at += (len(types) + 1) // 4 * 4 + 4
    values = []
    for kind in types:
        if kind in "TF":
            values.append(kind == "T")
        elif kind in "if":
            values.append(struct.unpack_from(">" + kind, packet, at)[0])
            at += 4
        else:
            text = packet[at:packet.index(b"\0", at)].decode()
            values.append(text)
            at += len(text.encode()) // 4 * 4 + 4
    return [(path, values)]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Show:
    """A show that listens at `port` and sends changes to a socket or to oscdump."""

    def __init__(self, program, *options, size="160x90", out=None):
        self.port = free_port()
        self.folder = tempfile.mkdtemp()
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.out.bind(("127.0.0.1", 0))
        out = out or self.out.getsockname()[1]
        self.asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asking.bind(("127.0.0.1", 0))
        self.process = subprocess.Popen(
            [program, "live", "pattern:inkblot", "--size", size, "--headless", "--json", "--osc", str(self.port),
             "--osc-out", str(out), *LOOK, *options],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ask("/reverie/strength", patience=60)

    def send(self, path, *values):
        self.asking.sendto(message(path, *values), ("127.0.0.1", self.port))

    def ask(self, path, patience=10):
        """The value of an address; asks again until the show answers."""
        end = time.time() + patience
        self.asking.settimeout(0.5)
        while time.time() < end:
            self.send(path)
            try:
                while True:
                    answered, values = read(self.asking.recv(65536))[0]
                    if answered == path:
                        return values
            except (TimeoutError, ConnectionError):
                continue
        raise SystemExit(f"{path} is not answered: {self.process.poll()} {self.process.stderr}")

    def heard(self, path, after, patience=10):
        """When the show sent this address, and the values."""
        self.out.settimeout(patience)
        end = time.time() + patience
        while time.time() < end:
            for got, values in read(self.out.recv(65536)):
                if got == path:
                    return time.time() - after, values
        raise SystemExit(f"{path} was not sent")

    def quiet(self):
        self.out.settimeout(0.2)
        try:
            while True:
                self.out.recv(65536)
        except TimeoutError:
            pass

    def end(self):
        self.process.terminate()
        report, said = self.process.communicate(timeout=60)
        shutil.rmtree(self.folder)
        return json.loads(report), said


def parameters(program):
    """(key, type, low, high) of each parameter, as the program lists them for OSCQuery."""
    tree = json.loads(subprocess.run([program, "list", "osc", "--json"], check=True, capture_output=True, text=True).stdout)
    listed = tree["CONTENTS"]["reverie"]["CONTENTS"]
    keys = re.findall(r"^(\w+)", subprocess.run([program, "list", "params"], check=True, capture_output=True,
                                                text=True).stdout, re.M)
    for key in keys:
        if key in listed and listed[key]["TYPE"] in ("i", "f", "T"):
            span = listed[key].get("RANGE", [{}])[0]
            yield key, listed[key]["TYPE"], span.get("MIN", 0), span.get("MAX", 1)


def keys(program, seconds):
    heard_at = free_port()
    dump = subprocess.Popen(["stdbuf", "-oL", "oscdump", "-L", str(heard_at)], stdout=subprocess.PIPE, text=True)
    show = Show(program, "--set", "strength=0", out=heard_at)
    lines = []

    def dumped(path):
        while True:
            line = dump.stdout.readline()
            lines.append(line)
            if re.search(rf" {path} ", line):
                return line.split(None, 3)[3].strip()

    dumped("/reverie/seed")  # the last of the parameters that are sent at the beginning
    wrong = 0
    print(f"{'address':<24} {'oscsend':<14} {'oscdump':<18} asked")
    for key, kind, low, high in parameters(program):
        path = f"/reverie/{key}"
        before = show.ask(path)[0]
        if kind == "T":
            sent = ["F" if before else "T"]
        elif kind == "i":
            sent = ["i", str(min(int(low) + 1, int(high)) if before != low + 1 else int(low))]
        else:
            value = low + 0.625 * (min(high, low + 4) - low)
            sent = ["f", f"{value if abs(value - before) > 1e-3 else low}"]
        subprocess.run(["oscsend", "127.0.0.1", str(show.port), path, *sent], check=True)
        said = dumped(path)
        now = show.ask(path)[0]
        good = (now is not before) if kind == "T" else abs(float(sent[1]) - now) < 1e-4 * max(1, abs(now))
        wrong += not good
        print(f"{path:<24} {' '.join(sent):<14} {said:<18} {now}{'' if good else '   WRONG'}")
    rest = [("/reverie/layer/inception_3b", ["f", "-0.5"]), ("/reverie/objective", ["s", "conv2"]),
            ("/reverie/preset", ["sf", "eyes", "0"]), ("/reverie/fade", ["f", "0.5"]),
            ("/reverie/crossfade/ends", ["ss", "fur", "neon"]), ("/reverie/crossfade", ["f", "0.25"]),
            ("/reverie/panic", ["s", "black"]), ("/reverie/panic", ["s", "off"]), ("/reverie/freeze", ["T"]),
            ("/reverie/record", ["Ts", "a take"]), ("/reverie/record", ["F"]),
            ("/reverie/source", ["s", "pattern:clouds"])]
    for path, sent in rest:
        subprocess.run(["oscsend", "127.0.0.1", str(show.port), path, *sent], check=True)
        said = dumped(path)
        print(f"{path:<24} {' '.join(sent):<14} {said:<18} {' '.join(map(str, show.ask(path)))}")
        if sent[0] == "Ts":
            for _ in range(10):  # pictures: an answer comes between two of them
                show.ask(path)
    show.send("/reverie/source", "/etc/passwd")
    show.send("/reverie/record", True, "../take")
    show.send("/reverie/nothing", 1.0)
    show.send("/reverie/strength", 99.0)
    show.ask("/reverie/strength")
    files = sorted(os.listdir(show.folder))
    dump.terminate()
    report, said = show.end()
    print("files:", files, "\nreport:", report["surfaces"], "\nsaid:", said.strip().replace("\n", "\n      "))
    wrong += files != ["a take.mp4"] or report["surfaces"]["osc"]["unusable"] != 4
    return wrong


def flood(program, seconds):
    results = {}
    for rate in (0, 50000):
        # Both have the drift that the messages ask for: it costs more than they do.
        show = Show(program, "--set", "strength=0", "--set", "pan_x=0.5", "--set", "zoom=1.1", size="640x360")
        # Eight a packet: a sender of single ones would be busy enough to slow the show down itself.
        knobs = [message("/reverie/pan_x", 0.5), message("/reverie/zoom", 1.1)]
        packet = bundle(4 * knobs), bundle(3 * knobs + [message("/reverie/nothing", 1.0), knobs[0]])
        begun, sent = time.time(), 0
        while (gone := time.time() - begun) < seconds:
            due = int(rate * gone)
            while sent < due:
                show.asking.sendto(packet[sent % 16 == 0], ("127.0.0.1", show.port))
                sent += 8
            time.sleep(0.001)
        report, _ = show.end()
        results[rate] = report["presented_fps"]
        osc = report["surfaces"]["osc"]
        print(f"{sent / seconds:8.0f} messages a second: {report['presented_fps']:.2f} pictures a second, "
              f"{report['late_frames']} late, the longest {report['worst_frame_ms']:.0f} ms; of {sent} messages "
              f"{osc['messages']} read ({osc['unusable']} unusable), {osc['lost']} lost by the system")
    return results[50000] < results[0] - 0.5


def play_set(program, seconds):
    show = Show(program, "--record", "set.mp4", size="320x180")
    plan = [(2, "/reverie/preset", ["fur", 2.0]), (8, "/reverie/panic", ["black"]), (10, "/reverie/panic", ["off"]),
            (12, "/reverie/strength", [2.5]), (16, "/reverie/preset", ["neon", 4.0]),
            (22, "/reverie/panic", ["source"]), (24, "/reverie/panic", ["off"]),
            (26, "/reverie/crossfade/ends", ["eyes", "swirls"]), (28, "/reverie/crossfade/run", [1.0, 8.0]),
            (38, "/reverie/panic", ["black"]), (40, "/reverie/panic", ["off"]), (42, "/reverie/undo", []),
            (44, "/reverie/layer/inception_3b", [0.8]), (48, "/reverie/panic", ["hold"]), (50, "/reverie/panic", ["off"]),
            (52, "/reverie/panic", ["black"]), (54, "/reverie/panic", ["off"]), (56, "/reverie/snapshot", [])]
    echo = {"/reverie/crossfade/run": "/reverie/crossfade", "/reverie/undo": "/reverie/strength"}
    begun, rows = time.time(), []
    for at, path, values in plan:
        time.sleep(max(0, begun + at - time.time()))
        show.quiet()
        asked = time.time()
        show.send(path, *values)
        late = None
        if path not in ("/reverie/snapshot", "/reverie/undo"):
            late, _ = show.heard(echo.get(path, path), asked)
        rows.append((asked, path, values, late))
    time.sleep(max(0, begun + seconds - time.time()))
    film = os.path.join(show.folder, "set.mp4")
    show.process.terminate()
    report, said = show.process.communicate(timeout=60)
    black = black_times(film)
    shutil.rmtree(show.folder)
    first = next(asked for asked, path, values, _ in rows if values == ["black"])
    print(f"{'asked at':>9}  {'address':<26} {'values':<18} {'told after':>10}  seen after")
    for asked, path, values, late in rows:
        seen = ""
        if path == "/reverie/panic" and black:
            edges = black[0] if values == ["black"] else black[1] if values == ["off"] else []
            near = [edge - black[0][0] - (asked - first) for edge in edges]
            near = [one for one in near if abs(one) < 0.5]
            seen = f"{near[0] * 1e3:+.0f} ms" if near else ""
        told = "" if late is None else f"{late * 1e3:.0f} ms"
        print(f"{asked - begun:8.2f}s  {path:<26} {' '.join(map(str, values)):<18} {told:>10}  {seen}")
    print(f"black begins at {black[0]} and ends at {black[1]} of the film; seen: beside the first black")
    print("said:", said.strip())
    return len(black[0]) != sum(values == ["black"] for _, _, values, _ in rows)


def black_times(film):
    """When the film turns black and when it comes back, in seconds from its beginning."""
    shown = subprocess.run(["ffprobe", "-v", "error", "-f", "lavfi", "-i", f"movie={film},signalstats", "-show_entries",
                            "frame=pts_time:frame_tags=lavfi.signalstats.YAVG", "-of", "csv=p=0"],
                           capture_output=True, text=True).stdout
    begins, ends, dark = [], [], False
    for line in shown.splitlines():
        at, level = (float(x) for x in line.split(",")[:2])
        if (level < 18) != dark:
            dark = not dark
            (begins if dark else ends).append(at)
    return begins, ends


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in ("keys", "flood", "set"):
        raise SystemExit(__doc__)
    if not shutil.which("oscsend") or not shutil.which("oscdump"):
        print("skipped: no oscsend and oscdump; install liblo-tools")
        return 77
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    return 1 if {"keys": keys, "flood": flood, "set": play_set}[sys.argv[2]](os.path.abspath(sys.argv[1]), seconds) else 0


if __name__ == "__main__":
    sys.exit(main())
