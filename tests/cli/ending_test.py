#!/usr/bin/env python3
"""usage: ending_test.py PROGRAM: whoever asks the program to end gets that, whatever it waits for: SIGTERM, SIGHUP, Ctrl-C once and
twice, while it renders, records, writes to a pipe that nobody reads, or reads from one that nobody writes to. What was made until
then plays. Prints how long each took."""
import argparse
import fcntl
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("program", type=pathlib.Path)
ARGUMENTS.add_argument("--only", default="", help="the beginning of a case's name")
GIVEN = ARGUMENTS.parse_args()
PROGRAM = str(GIVEN.program.resolve())
HANGS_S = 120  # 3 s where nothing else runs
QUICK = ["--size", "64x48", "--objective", "conv2", "--set", "octaves=1", "--set", "iterations=1", "--device", "cpu", "--threads", "1"]
RENDER = ["render", "pattern:clouds", "--duration", "100000", *QUICK]
SHOW = ["live", "pattern:noise", "--headless", *QUICK]
UNATTENDED = ["--installation", "--fresh", "--health", "health"]
TERM, HUP, INT = signal.SIGTERM, signal.SIGHUP, signal.SIGINT


def take_signals():
    """They may be ignored here, and a child would inherit that."""
    for number in (TERM, HUP, INT):
        signal.signal(number, signal.SIG_DFL)


def makes_frames(folder):
    """A render has a picture in its file, a show says how it is."""
    health = folder / "health"
    return health.stat().st_size > 0 if health.exists() else any(plays(file, "--duration", "0.04") for file in folder.glob("*out*.mkv"))


class Running:
    """The program at work, in a folder of its own."""

    def __init__(self, folder, words, reads_out=False, stdin=None):
        self.folder, self.err = folder, open(folder / "err", "w+", encoding="utf-8")
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "OMP_WAIT_POLICY": "passive"}
        self.process = subprocess.Popen([PROGRAM, *words], cwd=folder, env=environment, stdin=stdin or subprocess.DEVNULL, stderr=self.err,
                                        stdout=subprocess.PIPE if reads_out else subprocess.DEVNULL, preexec_fn=take_signals)

    def wait_until(self, holds, what):
        begun = time.monotonic()
        while not holds():
            if self.process.poll() is not None or time.monotonic() - begun > HANGS_S:
                self.process.kill()
                sys.exit(f"ending_test: {what} did not come; {(self.folder / 'err').read_text()}")
            time.sleep(0.02)

    def end(self, *signals):
        """Returns the exit code, or 128 + the signal that ended it, and seconds."""
        for number in signals:
            if self.process.poll() is None:
                self.process.send_signal(number)
                begun = time.monotonic()
                if number is not signals[-1] or len(signals) > 1:
                    time.sleep(0.4)  # sooner, it would be the same wish: see interrupt.cpp
        try:
            code = self.process.wait(HANGS_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None, HANGS_S
        return (code if code >= 0 else 128 - code), time.monotonic() - begun


def waiting_in(pipe):
    """Bytes that nobody has read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))[0]


def is_full(pipe):
    """Nothing can be written to it."""
    return waiting_in(pipe) > fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) - 8192


def plays(file, *span):
    done = subprocess.run([PROGRAM, "render", str(file), *span, "-o", "null:", "--set", "strength=0", *QUICK], capture_output=True,
                          check=False)
    return done.returncode == 0


def end_of_a_file(folder, words, signals):
    """While a file is written."""
    running = Running(folder, [*words, "out.mkv"])
    running.wait_until(lambda: makes_frames(folder), "the first frames")
    code, took_s = running.end(*signals)
    made = sorted(file for file in folder.glob("*out*.mkv"))
    return code, took_s, bool(made) and plays(made[0])


def end_of_a_full_pipe(folder, words, signals):
    running = Running(folder, words, reads_out=True)
    running.wait_until(lambda: is_full(running.process.stdout.fileno()), "a full pipe")
    return *running.end(*signals), True


def end_of_an_empty_pipe(folder, words, signals):
    """A writer that said nothing yet, and does not go."""
    reads, writes = os.pipe()
    running = Running(folder, words, stdin=reads)
    os.write(writes, b"YUV4MPEG2 W16 H16 F25:1\n")
    running.wait_until(lambda: waiting_in(writes) == 0, "a reader")
    try:
        return *running.end(*signals), True
    finally:
        os.close(reads)
        os.close(writes)


CASES = [
    ("render", end_of_a_file, [*RENDER, "--codec", "ffv1", "-o"], {130}, [(TERM,), (INT,), (INT, INT)]),
    ("record", end_of_a_file, [*SHOW, *UNATTENDED, "--record"], {0, 130}, [(TERM,), (HUP,)]),
    ("render to a full pipe", end_of_a_full_pipe, [*RENDER, "-o", "-"], {1, 130}, [(TERM,), (INT, INT)]),
    ("show to a full pipe", end_of_a_full_pipe, [*SHOW, "--y4m"], {0, 1, 130}, [(TERM,), (HUP,)]),
    ("render of an empty pipe", end_of_an_empty_pipe, ["render", "-", "-o", "null:", *QUICK], {130}, [(TERM,), (INT,)]),
]


def main():
    wrong = 0
    for what, end, words, codes, ways in CASES:
        for signals in ways if what.startswith(GIVEN.only) else []:
            with tempfile.TemporaryDirectory() as name:
                code, took_s, whole = end(pathlib.Path(name), words, signals)
            # Before there are handlers, and the second time, a signal does what signals do.
            fine = whole and (code in codes or code in {128 + number for number in signals})
            names = ", ".join(number.name for number in signals)
            print(f"{what:24} {names:15} {took_s:5.1f} s  code {code}{'' if whole else ', does not play'}"
                  f"{'' if fine else '   WRONG'}", flush=True)
            wrong += not fine
    sys.exit(1 if wrong else 0)


main()
