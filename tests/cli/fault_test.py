#!/usr/bin/env python3
"""usage: fault_test.py PROGRAM FAULTS [--first N] [--spread N] [--only JOB,…] [--kinds KIND,…] [--threads N]: whatever fails beneath the program,
it ends with one line that says so, or does its work all the same. One call of each kind (support/faults.cpp) is made to fail in a
still, a render, a render of a file, a zoom, a show, a recording, an import and a fetch; prints how each ended. A crash, a program that
hangs, a result that differs without a word, and a half one that is there under its name are failures. So is what a sanitizer reports
where the program is built with one, memory that nobody freed included.

--first N: all of the first N calls of a kind. --spread N: N calls in all that there are (default: 1)."""
import argparse
import collections
import concurrent.futures
import functools
import http.server
import io
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("program", type=pathlib.Path)
ARGUMENTS.add_argument("faults", type=pathlib.Path)
ARGUMENTS.add_argument("--first", type=int, default=0)
ARGUMENTS.add_argument("--spread", type=int, default=1)
ARGUMENTS.add_argument("--only", default="")
ARGUMENTS.add_argument("--kinds", default="")
ARGUMENTS.add_argument("--threads", default="2", help="1 for LeakSanitizer, which OpenMP's waiting threads can crash")
ARGUMENTS.add_argument("--seed", type=int, default=1)
GIVEN = ARGUMENTS.parse_args()
for given in (GIVEN.program, GIVEN.faults):
    if not given.is_file():
        sys.exit(f"fault_test: there is no {given}")
PROGRAM, FAULTS = str(GIVEN.program.resolve()), str(GIVEN.faults.resolve())

# What others do with a failure beneath them, and nothing can be done about it from here: libgomp ends the process where it gets no
# thread or memory, oneDNN does not look whether it got the memory that it asked for, x264 forgets what it has when it gets no thread.
ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDS_THE_PROCESS, CRASHES, LEAKS = ("libgomp: ", "OMP: "), ("libdnnl",), ("libdnnl", "libx264")  # OMP: clang's OpenMP
HANGS_S = 10  # beyond what the same takes without a failure on a machine that is busy
QUICK = ["--objective", "conv2", "--set", "octaves=1", "--set", "iterations=1", "--device", "cpu", "--threads", GIVEN.threads]
JOBS = {
    "still": (["still", "pattern:clouds", "--size", "33x17", *QUICK, "-o", "out.png"], "out.png"),
    "render": (["render", "pattern:clouds", "--size", "64x48", "--duration", "0.12", "--codec", "ffv1", *QUICK, "-o", "out.mkv"],
               "out.mkv"),
    "file": (["render", "../clip.mkv", "--codec", "ffv1", *QUICK, "--set", "strength=0", "-o", "out.mkv"], "out.mkv"),
    "zoom": (["zoom", "pattern:clouds", "--size", "64x48", "--duration", "0.12", "--codec", "ffv1", *QUICK, "-o", "out.mkv"], "out.mkv"),
    "show": (["live", "pattern:inkblot", "--size", "66x50", "--headless", "--duration", "0.5", *QUICK], ""),
    "record": (["live", "pattern:inkblot", "--size", "66x50", "--headless", "--duration", "1", *QUICK, "--record", "out.mkv"], "out.mkv"),
    "import": (["weights", "import", "../net.safetensors", "-o", "out.safetensors"], "out.safetensors"),
    "fetch": (["weights", "fetch", "googlenet-places"], "data/reverie/weights/googlenet-places.safetensors"),
}
PUBLISHED = "googlenet_places205.tar.gz"
SAME_EACH_TIME = {"still", "render", "file", "zoom", "import", "fetch"}
SANITIZERS = {"ASAN_OPTIONS": "allocator_may_return_null=1:verify_asan_link_order=0:fast_unwind_on_malloc=0",
              "LSAN_OPTIONS": f"suppressions={ROOT}/tools/leaks.supp:print_suppressions=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


class Run:
    """The program, once, in a folder of its own."""
    mirror = ""  # where a network is fetched from

    def __init__(self, job, work, fault="", hangs_s=600):
        words, output = JOBS[job]
        with tempfile.TemporaryDirectory(dir=work) as name:
            folder = pathlib.Path(name)
            seen = folder.parent / (folder.name + ".seen")
            environment = {**SANITIZERS, **os.environ, "LD_PRELOAD": FAULTS, "FAULT": fault, "FAULT_SEEN": str(seen), "TMPDIR": name,
                           "HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "home"),
                           "XDG_DATA_HOME": str(folder / "data"), "REVERIE_WEIGHTS_MIRROR": self.mirror, "OMP_WAIT_POLICY": "passive"}
            process = subprocess.Popen([PROGRAM, *words], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            try:
                self.err = process.communicate(timeout=hangs_s)[1].decode(errors="replace")
                self.code = process.returncode
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)
                self.err = process.communicate()[1].decode(errors="replace")
                self.code = None
            self.result = (folder / output).read_bytes() if output and (folder / output).exists() else None
            self.left = sorted(str(p.relative_to(folder)) for p in folder.rglob("*")
                               if p.is_file() and p != folder / output)
            self.plays = self.result is None or job != "record" or plays(folder / output)
            self.calls = dict(line.split() for line in seen.read_text().splitlines()) if seen.exists() else {}
            failed = pathlib.Path(f"{seen}.failed")
            self.module = failed.read_text().strip() if failed.exists() else ""
            for file in (seen, failed):
                file.unlink(missing_ok=True)


def plays(file):
    done = subprocess.run([PROGRAM, "render", str(file), "-o", "null:", "--set", "strength=0", "-q", "--threads", GIVEN.threads],
                          capture_output=True, check=False, env={**SANITIZERS, **os.environ})
    return done.returncode == 0


def judge(job, run, whole):
    """How it ended, and whether that is as it must be."""
    reports = [line for line in run.err.splitlines() if "runtime error:" in line or line.startswith("SUMMARY: ")]
    if reports:
        known = LEAKS if "leaked in" in reports[0] else CRASHES
        crashed = "SEGV" in reports[0] and any(module in reports[0] for module in CRASHES)
        return f"{reports[0]} ({run.module})", crashed or run.module.startswith(known)
    if run.code is None:
        return "hung", False
    if any(words in run.err for words in ENDS_THE_PROCESS):
        return "ended by OpenMP", run.result is None  # a hidden part is left, as after a kill
    if run.code < 0:
        return f"crashed: {signal.Signals(-run.code).name} ({run.module})", run.module.startswith(CRASHES)
    # The frames until then are kept in a hidden file, and its name is said. What has come of a network is kept for the next fetch.
    names = [pathlib.Path(file).name for file in run.left]
    if not all(name.startswith(PUBLISHED) or name.startswith(".") and name in run.err for name in names):
        return f"left {', '.join(run.left)}", False
    if not run.plays:
        return "a recording that does not play", False
    lines = [line for line in run.err.splitlines() if line.strip()]
    same = run.result == whole.result
    if run.code == 0:
        if job in SAME_EACH_TIME and not same:
            said = [line for line in lines if " fps" not in line and line not in whole.err.splitlines()]
            return ("went on otherwise, and said so", True) if said else ("another result, without a word", False)
        return ("went on", True) if same or job == "show" or run.result else ("no result, and no word", False)
    if job in SAME_EACH_TIME and run.result is not None and not same:
        return "half a result under its name", False
    if lines and len(lines) <= 4 and "reverie: " in lines[-1]:
        return "one line", True
    return f"code {run.code}, said {run.err.strip()[-200:]!r}", False


def first_layer():
    """A network of torchvision's that ends early, as safetensors."""
    tensors = {"conv1.conv.weight": (64, 3, 7, 7)}
    tensors.update({f"conv1.bn.{name}": (64,) for name in ("weight", "bias", "running_mean", "running_var")})
    tensors.update({"fc.weight": (5, 1024), "fc.bias": (5,)})
    header, data = {}, b""
    for name, shape in tensors.items():
        count = 1
        for side in shape:
            count *= side
        values = struct.pack(f"<{count}f", *[0.5 + (i % 7) / 7 for i in range(count)])
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def archive(name, content):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    """The address of a server of this folder, until this process ends."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def points(calls, kind):
    """Which calls of a kind fail."""
    count = int(calls.get(kind, 0))
    chosen = set(range(1, min(count, GIVEN.first) + 1))
    random.seed(f"{GIVEN.seed} {kind}")
    chosen.update(random.sample(range(1, count + 1), min(count, GIVEN.spread)))
    return sorted(chosen)


def main():
    wanted = [job for job in JOBS if not GIVEN.only or job in GIVEN.only.split(",")]
    wrong, runs = [], 0
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(2) as pool:
        work = pathlib.Path(name)
        network = first_layer()
        (work / "net.safetensors").write_bytes(network)
        (work / "published").mkdir()
        (work / "published" / PUBLISHED).write_bytes(archive("net.safetensors", network))
        Run.mirror = serve(work / "published")
        made = subprocess.run([PROGRAM, *JOBS["render"][0][:-1], str(work / "clip.mkv")], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            sys.exit(f"fault_test: {made.stderr}")
        print("job     kind     calls  runs  how they ended", flush=True)
        for job in wanted:
            table = collections.Counter()
            whole = Run(job, work)
            if whole.code != 0:
                sys.exit(f"fault_test: {job} without a failure: {whole.code} {whole.err}")
            kinds = [kind for kind in whole.calls if not GIVEN.kinds or kind in GIVEN.kinds.split(",")]
            faults = [(kind, number) for kind in kinds for number in points(whole.calls, kind)]
            done = pool.map(lambda fault: (fault, Run(job, work, f"{fault[0]}:{fault[1]}", HANGS_S * 6)), faults)
            for (kind, number), run in done:
                how, fine = judge(job, run, whole)
                table[kind, int(whole.calls[kind]), how] += 1
                runs += 1
                if not fine:
                    wrong.append(number)
                    print(f"fault_test: {job}, {kind}:{number}: {how}; {run.err.strip()[-300:]}", file=sys.stderr, flush=True)
            for (kind, calls, how), times in table.items():
                print(f"{job:7} {kind:7} {calls:6} {times:5}  {how}", flush=True)
    print(f"{runs} failures, {len(wrong)} of them not as they must end")
    sys.exit(1 if wrong else 0)


main()
