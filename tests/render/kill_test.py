#!/usr/bin/env python3
"""usage: kill_test.py PROGRAM [--kills N] [--seed N] [CLIP …]: renders that are killed at random moments, and taken up until they
are done, give the bytes of one that was left alone: of patterns or clips with sound, a score and a second source, of a zoom with homeostasis, of
numbered pictures. And a disk that is full on the way."""
import argparse
import contextlib
import math
import pathlib
import random
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import time
import wave

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("program", type=pathlib.Path)
ARGUMENTS.add_argument("clips", nargs="*")
ARGUMENTS.add_argument("--kills", type=int, default=3)
ARGUMENTS.add_argument("--seed", type=int, default=1)
ARGUMENTS.add_argument("--seconds", type=int, default=3, help="of each job's result")
GIVEN = ARGUMENTS.parse_intermixed_args()
PROGRAM = str(GIVEN.program.resolve())
QUICK = ["--fps", "60", "--set", "octaves=1", "--set", "iterations=1", "--checkpoint", "0.05", "--threads", "2", "--device", "cpu"]
SCORE = """
[[keyframe]]
at = 0
objective = "conv2"
half_life = 0.4
[[keyframe]]
at = "60%"
objective = "0.5*conv2 + inception_3a"
half_life = 1.5
strength = 1.4
[[modulation]]
target = "strength"
source = "random"
hz = 0.5
amount = 0.3
"""


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def checkpoint(folder):
    """The bytes of a run's state; none where there is none, or where the run ends and takes it away meanwhile."""
    for state in folder.glob(".*.resume/state"):
        with contextlib.suppress(FileNotFoundError):
            return state.read_bytes()
    return b""


def kept_frame(folder):
    """That a killed run would go on from; 0: none."""
    head = checkpoint(folder)[:8192].split(b"\n\n", 1)
    return int(head[1].split(b" ", 1)[0]) if len(head) == 2 else 0


def expect(condition, what):
    if not condition:
        sys.exit(f"kill_test: {what}")


class Job:
    """One command, in a folder of its own."""

    def __init__(self, name, words, output):
        self.name, self.words, self.output = name, words, output
        self.state_bytes = 0

    def command(self, folder, *more):
        return [PROGRAM, *self.words, "-o", str(folder / self.output), *QUICK, *more]

    def result(self, folder):
        """The bytes of all that it has made."""
        return {file.name: file.read_bytes() for file in sorted(folder.glob("[!.]*"))}

    def leave_alone(self, folder):
        folder.mkdir()
        begun = time.monotonic()
        done = run(self.command(folder))
        expect(done.returncode == 0, f"{self.name}: {done.stderr}")
        self.takes_s = time.monotonic() - begun
        self.whole = self.result(folder)
        expect(not list(folder.glob(".*")), f"{self.name}: something is left over")

    def kill(self, process, folder, chance):
        """At any moment, or soon after a checkpoint."""
        kept = kept_frame(folder)
        soon = chance.random() < 0.5
        while soon and process.poll() is None and kept_frame(folder) == kept:
            time.sleep(0.005)
        try:
            process.wait(chance.uniform(0, 0.3 if soon else 0.9 * self.takes_s))
        except subprocess.TimeoutExpired:
            process.kill()
        self.state_bytes = max(self.state_bytes, len(checkpoint(folder)))

    def kill_until_done(self, folder, chance, most):
        """Returns how often it was killed."""
        folder.mkdir()
        kills = resumed = 0
        while True:
            process = subprocess.Popen(self.command(folder, "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       text=True)
            if kills < most:
                self.kill(process, folder, chance)
            said = process.communicate()[1]
            resumed += "goes on from frame" in said
            if process.returncode == -signal.SIGKILL:
                kills += 1
            elif process.returncode != 0 and "exist" in said:
                break  # killed after its last step
            else:
                expect(process.returncode == 0, f"{self.name}: {said}")
                break
        expect(self.result(folder) == self.whole, f"{self.name}: another result after {kills} kills, in {folder}")
        return kills, resumed


def write_sound(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        for i in range(48000 * 6):
            loud = 12000 * math.exp(-6 * (i / 48000 % 0.5))
            file.writeframesraw(struct.pack("<h", int(loud * math.sin(i * 0.05))))


def jobs(work):
    """A clip's sound and subtitles are its own."""
    sound, score = work / "sound.wav", work / "score.toml"
    write_sound(sound)
    score.write_text(SCORE, encoding="utf-8")
    masked = work / "masked.toml"
    masked.write_text(SCORE.replace('"conv2"', '"conv2@second"'), encoding="utf-8")
    for i, clip in enumerate(GIVEN.clips or ["pattern:walker"]):
        more = ["--sound", str(sound)] if clip.startswith("pattern:") else []
        yield Job(f"render {clip}", ["render", clip, "--size", "160x90", "--duration", str(GIVEN.seconds), "--score", str(masked),
                                       "--second", "pattern:inkblot", *more],
                  f"clip{i}.mp4")
    yield Job("zoom", ["zoom", "pattern:clouds", "--size", "96x54", "--duration", str(GIVEN.seconds), "--set", "objective=conv2", "--set",
                       "homeostasis=1", "--score", str(score)], "zoom.mkv")
    yield Job("pictures", ["render", "pattern:ink", "--size", "96x54", "--duration", str(GIVEN.seconds), "--score", str(score)], "%05d.png")


def fill_the_disk(job, work, state):
    """Twice, on a small disk of its own; `state`: bytes of a checkpoint. Returns False where that may not be made."""
    disk = work / "disk"
    disk.mkdir()
    if run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]).returncode != 0:
        print("a full disk is not tried: only root can make one")
        return False
    try:
        size = sum(len(data) for data in job.whole.values())
        folder = disk / "full"
        folder.mkdir()
        for share in (1.2, 1.6, 4):  # of the result, which lies there twice while it is made
            room = int(share * size) + int(1.1 * state)
            run(["mount", "-o", f"remount,size={room}", str(disk)], check=True)
            done = run(job.command(folder, "--resume"))
            if share == 4:
                break
            last = done.stderr.strip().splitlines()[-1]
            expect(done.returncode == 1 and ("disk is full" in last or "No space left" in last), f"{job.name} on a full disk says: {last}")
            said = shlex.split(last[last.rindex(PROGRAM):])  # the command that it names, by a shell
            expect(said == job.command(folder, "--resume"), f"not the command: {said}")
        expect(done.returncode == 0 and "goes on from frame" in done.stderr, f"{job.name} with room again: {done.stderr}")
        expect(job.result(folder) == job.whole, f"{job.name}: another result after a full disk")
        expect(not list(folder.glob(".*")), f"{job.name}: something is left over on the disk")
    finally:
        run(["umount", str(disk)])
    return True


def refuse_another_job(job, work):
    folder = work / "refused"
    folder.mkdir()
    process = subprocess.Popen(job.command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while kept_frame(folder) == 0 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    again = run(job.command(folder))
    expect(again.returncode == 1 and "was interrupted" in again.stderr, f"run again: {again.stderr}")
    other = run(job.command(folder, "--resume", "--set", "step=1.25"))
    expect(other.returncode == 1 and "step is 1.25, and was 1.5" in other.stderr, f"another step: {other.stderr}")
    anew = run(job.command(folder, "--overwrite"))
    expect(anew.returncode == 0 and job.result(folder) == job.whole, f"--overwrite: {anew.stderr}")


def main():
    chance = random.Random(GIVEN.seed)
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        all_jobs = list(jobs(work))
        for i, job in enumerate(all_jobs):
            job.leave_alone(work / f"whole{i}")
        kills = runs = all_resumed = 0
        while kills < GIVEN.kills:
            job = all_jobs[runs % len(all_jobs)]
            killed, resumed = job.kill_until_done(work / f"killed{runs}", chance, min(5, GIVEN.kills - kills))
            print(f"{job.name}: killed {killed} times, went on {resumed} times, the same {len(job.whole)} file(s)", flush=True)
            kills += killed
            all_resumed += resumed
            runs += 1
        expect(all_resumed > 0 or GIVEN.kills == 0, "no run went on from a checkpoint")
        large = Job("a large file", [*all_jobs[0].words, "--codec", "ffv1"], "large.mkv")
        large.leave_alone(work / "large")
        full = fill_the_disk(large, work, max(job.state_bytes for job in all_jobs))
        refuse_another_job(all_jobs[0], work)
        print(f"{kills} kills, {'a full disk twice' if full else 'no full disk'}: all as if nothing had been")


main()
