#!/usr/bin/env python3
"""Runs clang-tidy on the project's .cpp files and prints what it finds. Exit code 1 if it found anything.

usage: tidy.py BUILD [FILE...]

BUILD is a configured build folder. Files that are compiled several times (once for each instruction set) are read once, with the flags of the
newest set. All files are read in batches, because shared headers take most of the time: each check walks through them, too. Files that are
named are read one by one, which also shows missing includes.
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
BATCH = 60  # files, of all folders
# What a file defines at the level of its namespace, which the formatter leaves at the first column: types, functions with their parameters,
# because those may be overloaded, and constants, of which one line may have several. An alias may be repeated, but not changed.
NOT_INDENTED = re.compile(r"^[A-Za-z].*$", re.MULTILINE)
TYPES = re.compile(r"^(?:enum class|enum|struct|class|template <.*> struct) (\w+)[^;\n]*$", re.MULTILINE)
FUNCTIONS = re.compile(r"^[A-Za-z][^=;#\n]*?[ &*](\w+)\(([^;{}]*)\)[^;{}()]*\{", re.MULTILINE)
PARAMETER_NAME = re.compile(r" \w+(?=,|$)")
CONSTANTS = re.compile(r"\b(k[A-Z]\w*)(?:\[[^=\n]*\])?(?: =|\{)")
ALIASES = re.compile(r"^using (\w+) = (.*);", re.MULTILINE)


Batch = collections.namedtuple("Batch", "files names flags")


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
    """What a compile command says about how its file is read: not how it is compiled, and without the precompiled header, because a file
    includes what it uses. Pairs of a word and its value, or ""."""
    command = re.sub(r" -Winvalid-pch -include \S+cmake_pch\.hxx| -fpch-preprocess", "", command)
    words = iter(shlex.split(command)[1:])
    flags = {}
    for word in words:
        if word in ("-MD", "-o", "-c"):
            break
        if word == "-isystem":
            flags[word, next(words)] = None
        elif word == "-fopenmp" or word.startswith(("-D", "-I", "-m", "-std=")) and "_EXPORTS" not in word:
            flags[word, ""] = None
    return tuple(flags)


def project_files(build):
    """The flags of each project .cpp outside tests/ and the build folder: the last ones that are listed."""
    flags = {}
    for file, command in single_files(json.loads((build / "compile_commands.json").read_text())):
        inside = file.suffix == ".cpp" and file.is_relative_to(ROOT) and not file.is_relative_to(build)
        if inside and file.relative_to(ROOT).parts[0] in ("kernels", "src"):
            flags[file] = flags_of(command)
    return flags


def names_in(file):
    """Each name with what it is, if another file may say the same of it."""
    text = file.read_text()
    lines = "\n".join(NOT_INDENTED.findall(text))
    names = TYPES.findall(lines) + CONSTANTS.findall(lines)
    for name, parameters in FUNCTIONS.findall(text):
        names.append(f"{name}({PARAMETER_NAME.sub('', ' '.join(re.sub(r'/[*]|[*]/', '', parameters).split()))})")
    return dict.fromkeys(names) | dict(ALIASES.findall(lines))


def clash(some, others):
    return any(name in others and (others[name] is None or others[name] != what) for name, what in some.items())


def batches(flags):
    """Lists of files for one processor in which no two define the same name, each with all flags of its files: what one file is told, the
    others may know."""
    made = collections.defaultdict(list)
    for file in sorted(flags):
        processor = tuple(word for word, _ in flags[file] if word.startswith("-m") or word == "-fopenmp")
        names = names_in(file)
        batch = next((b for b in made[processor] if len(b.files) < BATCH and not clash(names, b.names)), None)
        if batch is None:
            batch = Batch([], {}, {})
            made[processor].append(batch)
        batch.files.append(file)
        batch.names.update(names)
        batch.flags.update(dict.fromkeys(flags[file]))
    return [batch for alike in made.values() for batch in alike]


def tidy(files, flags):
    """What clang-tidy finds, for each of `files` with findings. A batch that fails is read again in halves: two files that use the same name
    cause an error only if they are read together."""
    options = ["--quiet", f"--config-file={ROOT / '.clang-tidy'}"]
    with tempfile.TemporaryDirectory() as folder:
        file = files[0]
        if len(files) > 1:
            file = pathlib.Path(folder, "batch.cpp")
            file.write_text("".join(f'#include "{each}"\n' for each in files))
            options.append("--checks=-bugprone-suspicious-include")
        words = [word for pair in flags for word in pair if word]
        done = subprocess.run(["clang-tidy", *options, str(file), "--", *words], cwd=ROOT, capture_output=True, text=True, check=False)
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
    work = [Batch([file], {}, flags[file]) for file in named] or sorted(batches(flags), key=lambda batch: len(batch.files), reverse=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for found in pool.map(lambda batch: tidy(batch.files, batch.flags), work):
            failed += len(found)
            for file, text in found.items():
                print(f"--- {file.relative_to(ROOT)}\n{text}", flush=True)
    print(f"clang-tidy: {failed} of {len(named or flags)} files have warnings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
