#!/usr/bin/env python3
"""Holds the house's rules on who may include whom, and on how long a file may be.

usage: include_fence.py [ROOT]

Reads every #include in ROOT/kernels and ROOT/src (default: the project that this file is in) and prints one line for
each that breaks a rule: a folder includes only folders on lower FLOORS, and a vendor's headers only in the folders that
VENDORS names. A file of over 500 lines is reported too, unless LONG_FILES gives a reason. Exit code 1 if anything was
printed.
"""
import pathlib
import re
import sys

# The floors, the highest first: a folder may include folders on the floors below its own. main is src/main.cpp.
FLOORS = [["main"], ["cli"], ["ui"], ["show", "render"], ["control", "session", "bench"], ["dream", "networks", "music"],
          ["net", "media", "gl"], ["kernels/cpu", "kernels/cuda"], ["kernels/functors"], ["kernels"], ["util"]]
BACKENDS = ("kernels/cpu", "kernels/cuda", "kernels/functors")   # loaded at run time: nothing in src includes them
FLOOR_OF = {folder: number for number, folders in enumerate(FLOORS) for folder in folders}

# (name, pattern of its headers, pattern of the files that may include them)
VENDORS = [
    ("CUDA and cuDNN", r"(cuda|cudnn|cublas|curand|nvrtc|nvToolsExt|cooperative_groups|thrust/|cub/|nv/|mma\.h)",
     r"kernels/cuda/|kernels/(hd|functors/argmax)\.h"),
    ("oneDNN and OpenMP", r"dnnl|oneapi/|omp\.h", r"kernels/cpu/"),
    ("libav", r"(libav\w+|libsw\w+)/", r"src/media/"),
    ("lcms2", r"lcms2\.h$", r"src/media/"),
    ("GLFW and GL", r"(GLFW|GL|GLES\d?|EGL|KHR|glad|epoxy)/", r"src/gl/"),
    ("ImGui", r"(imgui/)?(imgui|imconfig|imstb)|backends/imgui", r"src/ui/"),
    ("libcurl and libarchive", r"curl/|archive(_entry)?\.h$", r"src/networks/(download|archive)\.cpp"),
    ("Ableton Link", r"ableton/|asio", r"src/control/link/link_module\.cpp"),
    ("MIDI, OSC and audio", r"RtMidi|rtmidi|RtAudio|rtaudio|lo/|aubio/|alsa/|jack/|pulse/|portaudio|miniaudio",
     r"src/control/"),
]

MAX_LINES = 500
LONG_FILES = {}   # path: reason

SOURCES = {".h", ".hpp", ".cuh", ".cpp", ".cu", ".c"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def folder_of(path):
    """The folder to which a path relative to the root belongs, or None if it has none (tests, generated files)."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] == "kernels":
        return "/".join(parts[:-1])
    if parts[0] != "src":
        return None
    return parts[1] if len(parts) > 2 else "main"


def include_problems(root, path, quote, header):
    """What is wrong with `header`, included by `path` (relative to `root`) in the given kind of quotes."""
    folder = folder_of(path)
    if quote == '"':
        if (root / path).parent.joinpath(header).exists():
            yield f'"{header}" is included from its own folder; name it from the project\'s root'
        elif header.startswith("tests/"):
            yield f'"{header}" is a test\'s'
        elif header.startswith(("src/", "kernels/")):
            target = folder_of(header)
            if target in BACKENDS and not folder.startswith("kernels"):
                yield f'"{header}" belongs to the backends; what is above them includes kernels/*.h alone'
            elif target != folder and FLOOR_OF.get(target, -1) <= FLOOR_OF[folder]:
                below = sorted(name for name, floor in FLOOR_OF.items() if floor > FLOOR_OF[folder])
                yield f'{folder} may not include {target} ("{header}"); below it stand: {", ".join(below) or "nothing"}'
    for name, headers, places in VENDORS:
        if re.match(headers, header) and not re.match(places, path):
            yield f"{name} headers do not belong here ({header}); they may stand in {places.replace('|', ' or ')}"


def problems(root):
    """One line for each broken rule under `root`."""
    for folder in ("kernels", "src"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SOURCES or not file.is_file():
                continue
            path = file.relative_to(root).as_posix()
            if folder_of(path) not in FLOOR_OF:
                yield f"{path}:1: the folder {folder_of(path)} stands on no floor"
                continue
            lines = file.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                if match := INCLUDE.match(line):
                    for problem in include_problems(root, path, *match.groups()):
                        yield f"{path}:{number}: {problem}"
            if len(lines) > MAX_LINES and path not in LONG_FILES:
                yield f"{path}:{len(lines)}: over {MAX_LINES} lines; split it, or give a reason in LONG_FILES"
    for path in LONG_FILES:
        if not (root / path).is_file():
            yield f"{path}: has a reason in LONG_FILES, but does not exist"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    found = list(problems(root))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
