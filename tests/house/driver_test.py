"""The one line that says why CUDA cannot be used: with a driver that is missing, too old, without a GPU, or broken.

usage: driver_test.py PROBE DRIVER MODULES: the program that opens a device, a libcuda.so.1 that only pretends, the folder of the modules.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from expectations import expect, finish

PROBE, DRIVER, MODULES = sys.argv[1:]


def lines(modules=MODULES, folder=None, **settings):
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    if folder is None:
        folder = pathlib.Path(DRIVER).parent
    environment.update(settings, REVERIE_MODULES=str(modules), LD_LIBRARY_PATH=str(folder), OMP_WAIT_POLICY="passive")
    done = subprocess.run([PROBE], capture_output=True, text=True, env=environment, timeout=60)
    expect(done.returncode == 0, f"it ends well: {done.returncode} {done.stderr}")
    return done.stdout.splitlines()


OLD = "trouble: no CUDA: the NVIDIA driver is too old: it knows CUDA 11.4, reverie was built with "
for settings, wanted in (
        ({"FAKE_DRIVER_VERSION": "11040"}, OLD),
        ({"FAKE_DRIVER_INIT": "100"}, "note: no CUDA: there is no NVIDIA GPU"),
        ({"FAKE_DRIVER_INIT": "999"}, "trouble: no CUDA: the NVIDIA driver says: unknown error"),
        ({"FAKE_DRIVER_INIT": "803"}, "trouble: no CUDA: the NVIDIA driver says: system has unsupported display driver"),
        ({"FAKE_DRIVER_VERSION": "0"}, "note: no CUDA: there is no NVIDIA driver"),
        ({}, "trouble: no CUDA: the NVIDIA driver says: operation not supported")):
    said = lines(**settings)
    expect(len(said) == 2 and said[0].startswith(wanted) and said[1] == "cpu", f"with {settings}: {said}")

# The module itself may lack a library that it needs, or be damaged.
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    for module in pathlib.Path(MODULES).glob("libreverie_cpu*.so"):
        (folder / module.name).symlink_to(module)
    probe = folder / "bin" / "probe"   # it prefers the modules beside itself to those of the build
    probe.parent.mkdir()
    shutil.copy2(PROBE, probe)
    original, PROBE = PROBE, str(probe)
    said = lines(folder)
    expect(said[0] == "note: no CUDA: libreverie_cuda.so is not there" and said[1:] == ["cpu"], f"without the module: {said}")
    (folder / "libreverie_cuda.so").write_bytes(b"\x7fELF")
    said = lines(folder)
    expect(len(said) == 2 and said[0].startswith("trouble: no CUDA: ") and "file too short" in said[0], f"with a damaged one: {said}")
    # Without a driver, nobody needs to know about that.
    said = lines(folder, folder=folder / "bin")
    expect(len(said) == 2 and "file too short" in said[0], f"with a damaged one, perhaps without a driver: {said}")
    if b"libcudnn.so.9" not in (pathlib.Path(MODULES) / "libreverie_cuda.so").read_bytes():
        finish()
    cudnn = folder / "cudnn"
    cudnn.mkdir()
    shutil.copy2(DRIVER, cudnn / "libcuda.so.1")
    (cudnn / "libcudnn.so.9").write_bytes(b"\x7fELF")
    PROBE = original
    said = lines(folder=cudnn)
    expect(len(said) == 2 and said[0].startswith("trouble: no CUDA: ") and "libcudnn.so.9" in said[0], f"with a damaged cuDNN: {said}")
finish()
