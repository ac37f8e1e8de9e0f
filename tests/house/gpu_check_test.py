"""tools/gpu_check where there is no GPU: one line, and what it packs is complete and small; and that the figures which it is asked
for are there, made of what the benchmark (the argument) really prints and of a report as ctest writes it.
"""
import ctypes
import importlib.machinery
import importlib.util
import math
import os
import pathlib
import subprocess
import sys
import tempfile

from expectations import expect, finish

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHECK = [sys.executable, "-B", str(ROOT / "tools" / "gpu_check")]


def run(*arguments):
    return subprocess.run([*CHECK, *arguments], capture_output=True, text=True)


def load():
    """tools/gpu_check as a module."""
    loader = importlib.machinery.SourceFileLoader("gpu_check", str(ROOT / "tools" / "gpu_check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_check", loader))
    loader.exec_module(module)
    return module


# As ctest 3.25 writes it.
REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="(empty)" tests="6" failures="1" disabled="0" skipped="3" hostname="" time="4" timestamp="2026-11-25T21:00:00">
{cases}
</testsuite>
"""
CASES = (("Golden.GoogLeNetF32", "run", "l2_conv2 gradient error 0.0001\nl2_inception_4c gradient error 2e-05"),
         ("Golden.GoogLeNetF16", "run", "l2_conv2 gradient error 0.031"),
         ("OwnGolden.F16", "run", "mix gradient error 0.5"),
         ("Cuda.MemoryHolds", "fail", "cuda_test.cpp:1: Failure\n  actual: 3"),
         ("Golden.InceptionV3F32", "notrun", '"a/b.safetensors" is not there; set REVERIE_SHARED to the folder'),
         ("Engines/Convolution.SameBits", "notrun", "conv_test.cpp:278: Skipped\nonly a CPU has threads"),
         ("Golden.GoogLeNetBf16", "notrun", "this needs a GPU: there is none"))
NAMES = ("step_ms_googlenet_inception_4c_1920x1080_fp16", "frame_ms_1920x1080", "frame_ms_3840x2160", "flow_ms_1920x1080",
         "torch_eager_step_ms", "torch_compiled_step_ms", "gradient_error_f32", "gradient_error_fp16", "memory_mb_1920x1080",
         "memory_mb_3840x2160", "gpu_tests_passed", "gpu_tests_failed")


def bench(program):
    """What the benchmark prints for a quick case."""
    done = subprocess.run([program, "--device", "cpu", "--precision", "f32", "--weights", str(ROOT / "weights" / "googlenet.safetensors"), "--size",
                           "97x65", "--layer", "inception_3a", "--seconds", "0.01", "--frames", "3", "--steady", "5"],
                          capture_output=True, text=True, env=dict(os.environ, OMP_WAIT_POLICY="passive"))
    expect(done.returncode == 0, f"the benchmark runs: {done.stderr}")
    return done.stdout


def check_figures(program):
    module = load()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        cases = [f'<testcase name="{name}" status="{status}"><system-out>{said}</system-out></testcase>' for name, status, said in CASES]
        report.write_text(REPORT.format(cases="\n".join(cases)))
        failures = module.read_tests(report, results)
    expect(len(failures) == 2 and "actual: 3" in failures[0] and "needs a GPU" in failures[1], f"two tests have failed: {failures}")
    found = module.last_json("a line before\n" + bench(program))
    for size in module.SIZES:
        module.flatten(f"reverie/f16/{size}", found, results)
    module.flatten("torch/1920x1080", {"eager_ms": 7.5, "compiled_graph_ms": 3.25, "torch": "2"}, results)
    module.name_figures(results)
    for name in NAMES:
        expect(math.isfinite(results.get(name, math.nan)), f"{name} is among the figures")
    wanted = {"gpu_tests_passed": 3, "gpu_tests_failed": 2, "gpu_tests_skipped": 2, "gradient_error_f32": 1e-4, "gradient_error_fp16": 0.031,
              "torch_eager_step_ms": 7.5, "torch_compiled_step_ms": 3.25}
    for name, value in wanted.items():
        expect(results.get(name) == value, f"{name} is {value}: {results.get(name)}")
    steady = found["steady"]
    expect(steady["frames"] == 5 and steady["allocations"] == 0 and steady["waits_per_frame"] == 1, f"a steady frame allocates nothing and waits once: {steady}")
    expect(steady["memory_mb"] > 1, "pictures and activations are in memory")
    expect(0 < steady["ms_median"] <= steady["ms_p99"], "frames take time")
    expect(found["frame"]["roof_gb_s"] > 0 and found["frame"]["roof_gflop_s"] > 0, "the roofline is measured in the same run")
    stages = list(found["frame"]["stages_ms"])
    expect(stages[:4] == ["upload", "flow", "warp", "dream"] and stages[-1] == "present" and len(stages) == 7, f"the stages are named: {stages}")


if len(sys.argv) > 1:
    check_figures(sys.argv[1])
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
finish()
