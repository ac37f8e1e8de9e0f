#!/usr/bin/env python3
"""tools/install_service: the unit, read by another parser (and by systemd's own, if there is one); installing and uninstalling
leave nothing behind."""
import configparser
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARGUMENTS = ["camera:Brio 4K", "--walk", "60", "--record", 'a "b" $c %d \\.mp4']


def run(environment, *arguments):
    return subprocess.run([ROOT / "tools/install_service", *arguments], env=environment, capture_output=True, text=True,
                          check=False)


def check(condition, what):
    if not condition:
        sys.exit(f"service_test: {what}")


def check_unit(text, folder):
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str
    unit.read_string(text)
    service = unit["Service"]
    words = shlex.split(service["ExecStart"])
    check([w.replace("%%", "%").replace("$$", "$") for w in words] == ["/bin/true", "live", "--installation", *ARGUMENTS],
          f"ExecStart says {words}")
    check(service["Type"] == "notify" and service["Restart"] == "always", "it is not started again always")
    check(0 < int(service["WatchdogSec"]) <= 120, "there is no watchdog")
    check(unit["Unit"]["StartLimitIntervalSec"] == "0", "it gives up after some restarts")
    check("WantedBy" in unit["Install"], "nothing starts it")
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(["systemd-analyze", "verify", "--user", folder / "systemd/user/night.service"],
                                  env={**os.environ, "XDG_RUNTIME_DIR": str(folder)}, capture_output=True, text=True,
                                  check=False)
        check(verified.returncode == 0, f"systemd-analyze: {verified.stderr}")


def check_restrictions(environment, folder):
    """systemd counts what a service may do from 0 to 10: the machine's, which nobody watches, is "OK" there, below 4."""
    printed = run(environment, "--system", "--print", "--program", "/bin/true")
    unit = folder / "system.service"
    unit.write_text(printed.stdout)
    if shutil.which("systemd-analyze"):
        counted = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=40", unit], capture_output=True,
                                 text=True, check=False)
        check(counted.returncode == 0, f"the machine's service may do too much: {counted.stdout[-200:]}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = {**os.environ, "XDG_CONFIG_HOME": name}
        # No service of this machine is touched: this systemctl does not answer.
        (folder / "bin").mkdir()
        (folder / "bin/systemctl").write_text("#!/bin/sh\nexit 1\n")
        (folder / "bin/systemctl").chmod(0o755)
        environment["PATH"] = f"{folder}/bin:{environment['PATH']}"
        unit = folder / "systemd/user/night.service"
        common = ["--program", "/bin/true", "--name", "night"]

        printed = run(environment, *common, "--print", "--", *ARGUMENTS)
        check(printed.returncode == 0 and not unit.exists(), f"--print: {printed.stderr}")
        installed = run(environment, *common, "--", *ARGUMENTS)
        check(installed.returncode == 0, f"installing: {installed.stderr}")
        check(unit.read_text() == printed.stdout, "what is printed is not what is installed")
        check(str(unit) in installed.stdout and "enable night.service" in installed.stdout, "it does not say what it does")
        check_unit(unit.read_text(), folder)
        check_restrictions(environment, folder)
        removed = run(environment, "--name", "night", "--uninstall")
        check(removed.returncode == 0 and not unit.exists(), f"taking it away: {removed.stderr}")

        for arguments, words in [(["--uninstall"], "there is no"), (["--name", "a b"], "letters"), (["--walk"], "after --"),
                                 (["--program", "/nowhere"], "/nowhere is no program"), (["--name"], "needs a value")]:
            wrong = run(environment, *arguments)
            lines = wrong.stderr.splitlines()
            check(wrong.returncode == 1 and len(lines) == 1 and words in lines[0], f"{arguments}: {wrong.stderr}")


if __name__ == "__main__":
    main()
