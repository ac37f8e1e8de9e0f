#!/usr/bin/env python3
"""usage: pages_test.py PROGRAM: the manual page as man(1) and mandoc read it (if they are installed), and the completions as the
shells run them, in a terminal of their own."""
import email.utils
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPLETIONS = ROOT / "tools/packaging/completions"
PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
PATIENCE_S = 60


def output_of(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


MANUAL = output_of(PROGRAM, "list", "manual")


class Manual(unittest.TestCase):
    def test_every_variable_that_the_program_reads_is_there(self):
        named = set()
        for folder in ("src", "kernels"):
            for file in (ROOT / folder).rglob("*.cpp"):
                named.update(re.findall(r'"(REVERIE_[A-Z_]+)"', file.read_text(encoding="utf-8")))
        self.assertIn("REVERIE_WEIGHTS", named)
        for name in named:
            self.assertIn(f"\\fB{name}\\fR\n", MANUAL)

    def test_the_version_and_its_day_are_those_of_the_changelog(self):
        changelog = (ROOT / "tools/packaging/changelog").read_text(encoding="utf-8")
        project = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.match(r"reverie \((.*?)\)", changelog).group(1)
        day = email.utils.parsedate_to_datetime(re.search(r"^ -- .*?  (.*)", changelog, re.MULTILINE).group(1)).date()
        self.assertIn(f"project(reverie VERSION {version} ", project)
        self.assertTrue(MANUAL.startswith(f'.TH REVERIE 1 "{day}" "reverie {version}"'), MANUAL[:80])

    def test_readers_have_nothing_to_say(self):
        with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
            file.write(MANUAL)
            file.flush()
            if shutil.which("man"):
                shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file.name], capture_output=True,
                                       text=True, check=False, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
                self.assertEqual((0, ""), (shown.returncode, shown.stderr))
            if shutil.which("mandoc"):
                found = subprocess.run(["mandoc", "-Tlint", "-Wwarning", file.name], capture_output=True, text=True, check=False)
                self.assertEqual("", found.stdout)


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, folder, *command, environment):
        self.shown = ""
        self.child, self.handle = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {**os.environ, "TERM": "dumb", "HISTFILE": "", **environment})

    def type(self, text):
        os.write(self.handle, text.encode())

    def wait_for(self, words):
        """Waits until the shell has shown them. Returns what it showed, or None if it did not in time."""
        end = time.monotonic() + PATIENCE_S
        while words not in self.shown:
            ready, _, _ = select.select([self.handle], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return None
            self.shown += os.read(self.handle, 4096).decode(errors="replace")
            # Codes that move the cursor, ring, or delete a space are not shown.
            self.shown = re.sub("\x1b\\[[?0-9;]*[a-zA-Z]|\x07| \x08", "", self.shown)
        shown, self.shown = self.shown, ""
        return shown

    def close(self):
        os.close(self.handle)
        os.waitpid(self.child, 0)


class Completions(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "reverie").symlink_to(PROGRAM)
        (self.folder / "my clip.mp4").touch()
        (self.folder / "frames").mkdir()
        self.environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(self.folder / "config")}

    def in_bash(self, line):
        """What bash's function offers for a line, split into words as bash does."""
        script = f"""source {COMPLETIONS}/reverie.bash
            compopt() {{ :; }}
            COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDS=("${{@:2}}") COMP_CWORD=$(($# - 2))
            _reverie reverie "${{@: -1}}" "${{@: -2:1}}"
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        words = [word for word in re.split(r"([:=]+)|\s", line) if word]
        if line[-1] in " ":
            words.append("")
        return output_of("bash", "--norc", "-c", script, "bash", line, *words, cwd=self.folder,
                         env={**os.environ, **self.environment}).split("\n")[:-1]

    def test_bash(self):
        for line, expected in [
            ("reverie rend", ["render"]), ("reverie render --pres", ["--preset"]),
            ("reverie render --preset f", ["filigree", "fur"]), ("reverie render --preset=f", ["filigree", "fur"]),
            ("reverie render --set half", ["half_life="]), ("reverie render --set flow=f", ["false"]),
            ("reverie live pattern:inkb", ["inkblot"]), ("reverie list --device cpu prese", ["presets"]),
        ]:
            with self.subTest(line=line):
                self.assertEqual(expected, self.in_bash(line))

    def complete_at(self, shell, command, line, expected, **environment):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not there")
        terminal = Terminal(self.folder, *command, environment={**self.environment, **environment})
        try:
            terminal.type(line)
            self.assertIsNotNone(terminal.wait_for(expected), f"{shell} shows {terminal.shown!r}")
        finally:
            terminal.close()

    def test_bash_at_a_terminal(self):
        command = ["bash", "--norc", "--noprofile", "-i"]
        for line, expected in [("pattern:clo\t--preset fu\t-q", "pattern:clouds --preset fur -q"), ("--preset=fu\t-q", "--preset=fur -q"),
                               ("my\t--set half\t2", "my\\ clip.mp4 --set half_life=2"), ("fra\t", "frames/")]:
            self.complete_at("bash", command, f"source {COMPLETIONS}/reverie.bash\nreverie render {line}", "reverie render " + expected)

    def test_zsh_at_a_terminal(self):
        (self.folder / ".zshrc").write_text(f"fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D; PS1='> '\n")
        self.complete_at("zsh", ["zsh", "-i", "-d"], "reverie render pattern:clo\t--preset fu\t--set half\t2",
                         "pattern:clouds --preset fur --set half_life=2", ZDOTDIR=str(self.folder))


if __name__ == "__main__":
    unittest.main()
