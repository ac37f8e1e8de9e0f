#!/usr/bin/env python3
"""Runs clang-tidy on the project's .cpp files, each once, and prints what it finds. Exit code 1 if it found anything.

usage: tidy.py BUILD [FILE...]

BUILD is a configured build folder. Files that are compiled several times (once for each instruction set) are read once, as the newest has them.
Tests are left out: their macros expand to what the checks complain of, and the compiler's own warnings cover the rest.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def single_files(entries):
    """Each entry with its file; of files that are compiled together, one each."""
    for entry in entries:
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if file.parent.name != "Unity":
            yield file, entry
            continue
        for part in re.findall(r'^#include "(.+)"', file.read_text(), re.MULTILINE):
            yield pathlib.Path(part), {**entry, "file": part, "command": entry["command"].replace(entry["file"], part)}


def compile_commands(build):
    """One entry for each project .cpp outside tests/ and the build folder: the last that is there."""
    entries = {}
    for file, entry in single_files(json.loads((build / "compile_commands.json").read_text())):
        inside = file.suffix == ".cpp" and file.is_relative_to(ROOT) and not file.is_relative_to(build)
        if inside and file.relative_to(ROOT).parts[0] in ("kernels", "src"):
            # Without the precompiled header: a file includes what it uses.
            entry["command"] = re.sub(r" -Winvalid-pch -include \S+cmake_pch\.hxx| -fpch-preprocess", "", entry["command"])
            entries[file] = entry
    return entries


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    entries = compile_commands(build)
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(list(entries.values())))
    wanted = [pathlib.Path(name).resolve() for name in sys.argv[2:]] or list(entries)

    def run(file):
        return subprocess.run(
            ["clang-tidy", "--quiet", "-p", str(folder), "--extra-arg=-Wno-unknown-warning-option",
             "--extra-arg=-Wno-ignored-optimization-argument", str(file)],
            capture_output=True, text=True, check=False)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for file, done in zip(wanted, pool.map(run, wanted)):
            if done.returncode != 0:
                failed += 1
                print(f"--- {file.relative_to(ROOT)}\n{done.stdout or done.stderr}", flush=True)
    print(f"clang-tidy: {failed} of {len(wanted)} files have warnings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
