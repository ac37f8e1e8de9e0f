#!/usr/bin/env python3
"""usage: farm_test.py PROGRAM: shots. Cuts are found where a clip was put together; a film in parts has the bytes of one that was
rendered in one go; and the same through tools/farm, on a Slurm of one machine that is started here, while a job is killed.

The clips are made by ffmpeg of its own patterns. Without ffmpeg, or without Slurm (apt-get install slurmctld slurmd slurm-client),
what needs them is skipped, with a line."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
QUICK = ["--threads", "2", "--set", "objective=conv2", "--set", "octaves=1", "--set", "iterations=1"]
OFTEN = ["--checkpoint", "0.001"]   # s: for what is killed
PATIENCE_S = 300
RATE = 25
# Frames of each shot of the clip: with the last of them, more than one segment of the encoder.
SHOTS = (31, 27, 40)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)


def make_clip(path, pieces, sound=True):
    """Puts pieces of `lavfi` sources together, (source, frames, filter) each, with a tone beside them."""
    inputs, chains = [], []
    for i, (source, frames, more) in enumerate(pieces):
        inputs += ["-f", "lavfi", "-i", f"{source}{':' if '=' in source else '='}size=160x90:rate={RATE}"]
        chains.append(f"[{i}]trim=end_frame={frames},setpts=PTS-STARTPTS,format=yuv420p{more}[v{i}]")
    frames = sum(frames for _, frames, _ in pieces)
    joined = "".join(f"[v{i}]" for i in range(len(pieces))) + f"concat=n={len(pieces)}:v=1[v]"
    tone = ["-f", "lavfi", "-i", f"sine=frequency=330:duration={frames / RATE}"] if sound else []
    done = run("ffmpeg", "-v", "error", "-y", *inputs, *tone, "-filter_complex", ";".join([*chains, joined]), "-map", "[v]",
               *(["-map", f"{len(pieces)}:a"] if sound else []), "-c:v", "ffv1", "-c:a", "pcm_s16le", path)
    if done.returncode != 0:
        sys.exit(f"farm_test: ffmpeg: {done.stderr}")


def three_shots(path):
    make_clip(path, [("mandelbrot=start_scale=0.8", SHOTS[0], ""), ("testsrc2", SHOTS[1], ""),
                     ("mandelbrot=start_scale=0.02", SHOTS[2], ",negate")])


@unittest.skipUnless(shutil.which("ffmpeg") and shutil.which("ffprobe"), "ffmpeg is not there: apt-get install ffmpeg")
class Film(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.clip = self.folder / "clip.mkv"

    def first_frames(self):
        found = run(PROGRAM, "lab", "shots", self.clip, "--json")
        self.assertEqual(0, found.returncode, found.stderr)
        return [shot["first_frame"] for shot in json.loads(found.stdout)]

    def render(self, output, *more, code=0):
        done = run(PROGRAM, "render", self.clip, "-o", self.folder / output, *QUICK, *more)
        self.assertEqual(code, done.returncode, done.stderr)
        return done.stderr


class Shots(Film):
    def test_cuts_are_found_and_flashes_and_fades_are_none(self):
        three_shots(self.clip)
        self.assertEqual([0, SHOTS[0], SHOTS[0] + SHOTS[1]], self.first_frames())
        for name, more in [
            ("a flash of one frame", ",drawbox=t=fill:color=white:enable='eq(n,20)'"),
            ("a flash of three frames", ",drawbox=t=fill:color=white:enable='between(n,20,22)'"),
            ("a fade through black", ",fade=out:start_frame=8:nb_frames=12,fade=in:start_frame=25:nb_frames=12"),
        ]:
            with self.subTest(name):
                make_clip(self.clip, [("mandelbrot=start_scale=0.5", 40, more), ("testsrc2", 20, "")], sound=False)
                self.assertEqual([0, 40], self.first_frames())

    def test_a_list_names_the_shots(self):
        three_shots(self.clip)
        lists = self.folder / "shots.txt"
        lists.write_text("# by hand\n0\n40  0:00:01.600  # another one\n")
        self.assertIn("2 shots, from frames 0, 40", self.render("a.mkv", "--shot-list", lists))
        for text, words in [("5\n", "begins at frame 0"), ("0\n9\n9\n", "txt:3: frame 9 is not after"), ("0\nx\n", "not 'x'"), ("", "no shot")]:
            lists.write_text(text)
            self.assertIn(words, self.render("b.mkv", "--shot-list", lists, code=1))
        self.assertIn("from 1 on", self.render("b.mkv", "--shots", "--shot", "4", code=2))
        self.assertIn("2, 3; --shot dreams one", (self.render("b.mkv", "--shots", "--shot", "1"),
                                                  self.render("b.mkv", "--shots", "--join", code=1))[1])
        self.assertIn("another value of step", self.render("b.mkv", "--shots", "--shot", "2", "--set", "step=2") and
                      self.render("b.mkv", "--shots", "--shot", "3") and self.render("b.mkv", "--shots", "--join", code=1))

    def test_a_shot_is_dreamed_by_itself(self):
        """As a clip that begins with it: the same pictures, to the bit."""
        three_shots(self.clip)
        self.render("all.mkv", "--shots", "--codec", "ffv1")
        at_s = (SHOTS[0] + SHOTS[1]) / RATE
        self.render("last.mkv", "--start", str(at_s), "--codec", "ffv1")
        self.render("carried.mkv", "--codec", "ffv1")

        def frames(name):
            sums = run("ffmpeg", "-v", "error", "-i", self.folder / name, "-map", "0:v", "-f", "framemd5", "-").stdout
            return [line.split(",")[-1].strip() for line in sums.splitlines() if not line.startswith("#")]

        self.assertEqual(sum(SHOTS), len(frames("all.mkv")))
        self.assertEqual(frames("last.mkv"), frames("all.mkv")[-SHOTS[2]:])
        self.assertEqual(frames("carried.mkv")[:SHOTS[0]], frames("all.mkv")[:SHOTS[0]])
        self.assertNotEqual(frames("carried.mkv")[SHOTS[0]], frames("all.mkv")[SHOTS[0]])

    def test_parts_have_the_bytes_of_the_whole(self):
        three_shots(self.clip)
        for name in ("film.mp4", "%03d.png"):
            with self.subTest(name):
                whole, parts = self.folder / f"whole {name[-3:]}", self.folder / f"parts {name[-3:]}"
                whole.mkdir()
                parts.mkdir()
                self.render(f"{whole.name}/{name}", "--shots")
                for shot in (2, 3, 1):
                    self.render(f"{parts.name}/{name}", "--shots", "--shot", str(shot))
                self.render(f"{parts.name}/{name}", "--shots", "--shot", "3", "--resume")   # which is whole
                self.render(f"{parts.name}/{name}", "--shots", "--join")
                files = sorted(file.name for file in whole.iterdir())
                self.assertEqual(files, sorted(file.name for file in parts.iterdir()), "something is missing or left over")
                for file in files:
                    self.assertEqual((whole / file).read_bytes(), (parts / file).read_bytes(), file)

    def test_convolutions_that_were_chosen_apart_are_said(self):
        """As GPUs choose; who joins the shots has none."""
        three_shots(self.clip)
        self.render("whole.mkv", "--shots")
        for name, ways, apart in (("alike.mkv", "111", False), ("other.mkv", "112", True)):
            for shot, way in enumerate(ways, 1):
                self.render(name, "--shots", "--shot", str(shot))
                state = self.folder / f".{name}.partial.shots/.{shot:04}.mkv.partial.resume/state"
                head, rest = state.read_bytes().split(b"\n\n", 1)
                state.write_bytes(head + f"\nthe convolution f,1\tgraph {way} engine 4\n\n".encode() + rest)
            said = self.render(name, "--shots", "--join")
            self.assertEqual(apart, "other convolutions" in said, said)
            self.assertEqual((self.folder / "whole.mkv").read_bytes(), (self.folder / name).read_bytes())

    def test_a_run_that_was_killed_goes_on_over_cuts(self):
        three_shots(self.clip)
        self.render("whole.mp4", "--shots")
        kills = 0
        while True:
            process = subprocess.Popen([PROGRAM, "render", self.clip, "-o", self.folder / "killed.mp4", *QUICK, *OFTEN, "--shots",
                                        "--resume"],
                                       stderr=subprocess.PIPE, text=True)
            before = kept_frame(self.folder, "killed.mp4")
            while kills < 5 and process.poll() is None and kept_frame(self.folder, "killed.mp4") == before:
                time.sleep(0.005)
            if kills < 5:
                process.kill()
            said = process.communicate()[1]
            if process.returncode != -signal.SIGKILL:
                if "exists" not in said:   # else it was killed after its last step
                    self.assertEqual(0, process.returncode, said)
                break
            kills += 1
        self.assertGreater(kills, 1)
        self.assertEqual((self.folder / "whole.mp4").read_bytes(), (self.folder / "killed.mp4").read_bytes())


def kept_frame(folder, name):
    try:
        head = (folder / f".{pathlib.Path(name).stem}.mp4.partial.resume/state").read_bytes()[:8192].split(b"\n\n", 1)
        return int(head[1].split(b" ", 1)[0]) if len(head) == 2 else 0
    except OSError:
        return 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Slurm:
    """A controller and one machine, in a folder of their own; no other Slurm is asked or disturbed."""

    PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "sinfo")

    def __init__(self, folder):
        self.folder = folder
        me, user = socket.gethostname(), os.environ.get("USER") or ("root" if os.getuid() == 0 else "")
        for name in ("state", "spool"):
            (folder / name).mkdir()
        config = folder / "slurm.conf"
        config.write_text("\n".join([
            "ClusterName=farm", f"SlurmctldHost={me}(127.0.0.1)", f"SlurmUser={user}", f"SlurmdUser={user}", "AuthType=auth/none",
            "CredType=cred/none", f"SlurmctldPort={free_port()}", f"SlurmdPort={free_port()}", f"StateSaveLocation={folder}/state",
            f"SlurmdSpoolDir={folder}/spool", f"SlurmctldPidFile={folder}/ctld.pid", f"SlurmdPidFile={folder}/d.pid",
            "ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "JobAcctGatherType=jobacct_gather/none", "MpiDefault=none",
            "AccountingStorageType=accounting_storage/none", "SwitchType=switch/none", "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_Core", "ReturnToService=2", "MailProg=/bin/true", "SlurmctldTimeout=300", "SlurmdTimeout=300",
            f"NodeName={me} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN",
            "PartitionName=night Nodes=ALL Default=YES MaxTime=INFINITE State=UP", ""]))
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self.environment = {**os.environ, "SLURM_CONF": str(config)}
        self.daemons = []

    def __enter__(self):
        for name in ("slurmctld", "slurmd"):
            log = open(self.folder / f"{name}.log", "w", encoding="utf-8")
            self.daemons.append(subprocess.Popen([name, "-D"], env=self.environment, stdout=log, stderr=log))
            log.close()
        return self

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            daemon.wait()

    def is_ready(self):
        return "idle" in run("sinfo", "-h", "-o", "%T", env=self.environment).stdout

    def log(self):
        return "".join((self.folder / f"{name}.log").read_text(errors="replace")[-2000:] for name in ("slurmctld", "slurmd"))


def wait_until(true, what):
    end = time.monotonic() + PATIENCE_S
    while not (found := true()):
        if time.monotonic() > end:
            raise AssertionError(f"in {PATIENCE_S} s not: {what()}")
        time.sleep(0.05)
    return found


def dreaming(output, shot):
    """The process that dreams a shot of that output, or None."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == PROGRAM.encode() and str(output).encode() in words and b"--shot" in words and \
                words[words.index(b"--shot") + 1] == str(shot).encode():
            return int(entry.name)
    return None


@unittest.skipUnless(shutil.which("ffmpeg") and shutil.which("ffprobe"), "ffmpeg is not there: apt-get install ffmpeg")
class Farm(Film):
    def farm(self, *words, code=0):
        done = run(ROOT / "tools/farm", *words, env=self.slurm.environment)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    @unittest.skipUnless(all(shutil.which(name) for name in Slurm.PROGRAMS) and os.getuid() == 0,
                         "no Slurm that this user may start: apt-get install slurmctld slurmd slurm-client, as root")
    def test_the_farm_renders_what_one_machine_does(self):
        three_shots(self.clip)
        self.render("whole.mp4", "--shots")
        output = self.folder / "film.mp4"
        (self.folder / "slurm").mkdir()
        with Slurm(self.folder / "slurm") as self.slurm:
            wait_until(self.slurm.is_ready, self.slurm.log)
            said = self.farm("submit", "--cores", "1", "--reverie", PROGRAM, "--", "render", self.clip, "-o", output, *QUICK[2:], *OFTEN)
            self.assertIn("3 of 3 shots", said)
            # The second shot's process is killed once it has kept something to go on from.
            part = self.folder / ".film.mp4.partial.shots"
            kept = part / ".0002.mp4.partial.resume/state"
            process = wait_until(lambda: kept.exists() and dreaming(output, 2), lambda: self.farm("status", output))
            os.kill(process, signal.SIGKILL)
            wait_until(lambda: (self.folder / "film.mp4.farm/state/join").exists() and
                       (self.folder / "film.mp4.farm/state/join").read_text().split()[0] != "running",
                       lambda: self.farm("status", output) + self.slurm.log())
            table = self.farm("status", output)
            self.assertEqual("done", (self.folder / "film.mp4.farm/state/join").read_text().split()[0],
                             table + (self.folder / "film.mp4.farm/log/join.txt").read_text())
        self.assertIn("3 of 3 shots are done", table)
        self.assertEqual("2", (self.folder / "film.mp4.farm/state/2").read_text().split()[2], "it was begun twice")
        self.assertEqual((self.folder / "whole.mp4").read_bytes(), output.read_bytes())
        self.assertFalse(part.exists())
        # What is wrong with a film is found.
        shutil.copy(self.folder / "whole.mp4", output)
        run("ffmpeg", "-v", "error", "-y", "-i", self.folder / "whole.mp4", "-c", "copy", "-an", output)
        self.assertIn("no sound", self.farm("check", output, code=1))
        run("ffmpeg", "-v", "error", "-y", "-i", self.folder / "whole.mp4", "-c", "copy", "-t", "3", output)
        self.assertIn("frames", self.farm("check", output, code=1))


if __name__ == "__main__":
    unittest.main()
