#!/usr/bin/env python3
"""Runs clang-tidy on the project's .cpp files and prints what it finds. Exit code 1 if it found anything.

usage: tidy.py BUILD [FILE...]

BUILD is a configured build folder. Files that are compiled several times (once for each instruction set) are read once, with the flags of the
newest set. All files are read in batches, because shared headers take most of the time; files that are named are read one by one, which also
shows missing includes.
Tests are left out: the expansion of their macros violates the checks, and the compiler's own warnings cover the rest.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BATCH = 12  # files; 24 were no faster: the last batches keep one core waiting


def single_files(entries):
    """Each compile command with its file; one entry for each of the files that are compiled together."""
    for entry in entries:
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if file.parent.name != "Unity":
            yield file, entry["command"]
            continue
        for part in re.findall(r'^#include "(.+)"', file.read_text(), re.MULTILINE):
            yield pathlib.Path(part), entry["command"]


def flags_of(command):
    """The flags of a compile command without its files and without the precompiled header, because a file includes what it uses."""
    command = re.sub(r" -Winvalid-pch -include \S+cmake_pch\.hxx| -fpch-preprocess", "", command)
    words = shlex.split(command)
    begin = next(i for i, word in enumerate(words) if word.startswith("-"))
    end = next(i for i, word in enumerate(words) if word in ("-MD", "-o", "-c"))
    return tuple(words[begin:end])


def project_files(build):
    """The flags of each project .cpp outside tests/ and the build folder: the last ones that are listed."""
    flags = {}
    for file, command in single_files(json.loads((build / "compile_commands.json").read_text())):
        inside = file.suffix == ".cpp" and file.is_relative_to(ROOT) and not file.is_relative_to(build)
        if inside and file.relative_to(ROOT).parts[0] in ("kernels", "src"):
            flags[file] = flags_of(command)
    return flags


def batches(flags):
    """Lists of files of one folder and of equal flags."""
    alike = collections.defaultdict(list)
    for file, its_flags in flags.items():
        alike[file.parent, its_flags].append(file)
    for files in alike.values():
        count = -(-len(files) // BATCH)
        yield from (files[i::count] for i in range(count))


def tidy(files, flags):
    """What clang-tidy finds, for each of `files` with findings. A batch that fails is read again in halves: two files that use the same name
    cause an error only if they are read together."""
    options = ["--quiet", f"--config-file={ROOT / '.clang-tidy'}", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument"]
    with tempfile.TemporaryDirectory() as folder:
        file = files[0]
        if len(files) > 1:
            file = pathlib.Path(folder, "batch.cpp")
            file.write_text("".join(f'#include "{each}"\n' for each in files))
            options.append("--checks=-bugprone-suspicious-include")
        done = subprocess.run(["clang-tidy", *options, str(file), "--", *flags[files[0]]], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return {}
    if len(files) == 1:
        return {file: done.stdout or done.stderr}
    half = len(files) // 2
    return tidy(files[:half], flags) | tidy(files[half:], flags)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    flags = project_files(pathlib.Path(sys.argv[1]).resolve())
    named = [pathlib.Path(name).resolve() for name in sys.argv[2:]]
    unknown = [file for file in named if file not in flags]
    if unknown:
        sys.exit(f"tidy.py: {unknown[0]} is not compiled in {sys.argv[1]}")
    work = [[file] for file in named] or sorted(batches(flags), key=len, reverse=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for found in pool.map(lambda files: tidy(files, flags), work):
            failed += len(found)
            for file, text in found.items():
                print(f"--- {file.relative_to(ROOT)}\n{text}", flush=True)
    print(f"clang-tidy: {failed} of {len(named or flags)} files have warnings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
