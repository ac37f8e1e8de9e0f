#!/usr/bin/env python3
"""Finds what no tracked file may contain: left-over markers and paths of one machine.

usage: marker_check.py [ROOT]

Reads the files that git tracks or, without git, all files outside build folders. Prints path:line for each find; exit
code 1 if there were any.
"""
import pathlib
import re
import shutil
import subprocess
import sys

# Written in two pieces, so that this file does not find itself.
FORBIDDEN = [
    ("a left-over marker", re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")),
    ("a path of one machine", re.compile(r"(?<![\w.~-])/" + r"(work|home/\w+)/")),
]
BINARY = {".safetensors", ".png", ".jpg", ".mp4", ".mkv", ".flo", ".npz", ".ttf"}


def tracked_files(root):
    if (root / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z"],
                                capture_output=True, check=False)
        if listed.returncode == 0:
            return [root / name for name in listed.stdout.decode().split("\0") if name]
    return [f for f in sorted(root.rglob("*"))
            if not f.relative_to(root).parts[0].startswith(("build", ".git")) or f.name.startswith(".gitignore")]


def problems(root):
    """One line for each find under `root`."""
    for file in tracked_files(root):
        if file.suffix in BINARY or not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for what, pattern in FORBIDDEN:
                if match := pattern.search(line):
                    yield f"{file.relative_to(root)}:{number}: {what}: {match.group(0)}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    found = list(problems(root))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
