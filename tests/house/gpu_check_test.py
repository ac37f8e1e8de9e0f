"""tools/gpu_check where there is no GPU: one line, and what it packs is complete and small."""
import ctypes
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHECK = [sys.executable, "-B", str(ROOT / "tools" / "gpu_check")]
failed = False


def expect(condition, what):
    global failed
    if not condition:
        failed = True
        print(f"not so: {what}")


def run(*arguments):
    return subprocess.run([*CHECK, *arguments], capture_output=True, text=True)


try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    done = run()
    said = done.stdout + done.stderr
    expect(done.returncode == 1, "without a driver it fails")
    expect(said.count("\n") == 1 and said.startswith("gpu_check: there is no NVIDIA driver here"), f"one line says why: {said}")

if (ROOT / ".git").exists():
    with tempfile.TemporaryDirectory() as folder:
        pack = pathlib.Path(folder) / "pack"
        done = run("--pack", str(pack))
        expect(done.returncode == 0, f"it packs: {done.stdout}{done.stderr}")
        for part in ("reverie/CMakeLists.txt", "reverie/tools/gpu_check", "reverie/tools/bench_torch.py", "reverie/weights/googlenet.safetensors",
                     "dependencies/googletest/CMakeLists.txt", "dependencies/include/fmt/format-inl.h",
                     "dependencies/include/nlohmann/json.hpp", "dependencies/include/stb/stb_image.h"):
            expect((pack / part).is_file(), f"the pack holds {part}")
        size = sum(file.stat().st_size for file in pack.rglob("*") if file.is_file())
        expect(size < 50e6, f"the pack is smaller than 50 MB: {size}")
        done = run("--pack", str(pack))
        expect(done.returncode == 1 and "is not empty" in done.stderr, "it does not pack over something")
sys.exit(1 if failed else 0)
