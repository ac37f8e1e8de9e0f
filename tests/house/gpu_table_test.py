"""tools/gpu_table writes the newest figures to the page about speed, only between their marks; this project's page is up to date."""
import json
import pathlib
import subprocess
import sys
import tempfile

from expectations import expect, finish

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def run(root, *arguments):
    return subprocess.run([sys.executable, "-B", str(ROOT / "tools" / "gpu_table"), "--root", str(root), *arguments], capture_output=True, text=True)


def note(root, date, device, **results):
    folder = root / "tests" / "gpu_results"
    folder.mkdir(parents=True, exist_ok=True)
    report = {"date": date, "device": device, "driver": "999.1", "command": "tools/gpu_check", "results": results}
    (folder / f"{date}_{device}.json").write_text(json.dumps(report))


with tempfile.TemporaryDirectory() as name:
    root = pathlib.Path(name)
    page = root / "src" / "bench" / "README.md"
    page.parent.mkdir(parents=True)
    page.write_text("before\n<!-- gpu -->\nold\n<!-- /gpu -->\nafter\n")
    expect(run(root, "--check").returncode == 1, "what is out of date is noticed")
    expect(run(root).returncode == 0, "it writes")
    expect(page.read_text() == "before\n<!-- gpu -->\nThere are no GPU figures yet.\n<!-- /gpu -->\nafter\n", "without figures it says so")
    note(root, "2026-12-01", "B", frame_ms_1920x1080=4.5678, memory_mb_1920x1080=812.4, gradient_error_f32=0.00012345)
    note(root, "2026-11-30", "A", frame_ms_1920x1080=9.0)
    expect(run(root).returncode == 0, "it writes again")
    text = page.read_text()
    for line in ("before\n", "on B, driver 999.1, 2026-12-01:", "| a frame of a render, 1920×1080 | 4.57 ms |", "| device memory, 1920×1080 | 812 MB |",
                 "| gradient error, f32 | 0.000123 |", "<!-- /gpu -->\nafter\n"):
        expect(line in text, f"{line!r} stands in {text!r}")
    expect("9 ms" not in text and "old" not in text and "PyTorch" not in text, "nothing else does")
    expect(run(root, "--check").returncode == 0, "it is up to date now")
    page.write_text("nothing")
    done = run(root)
    expect(done.returncode == 1 and done.stderr.count("\n") == 1, f"one line says what is missing: {done.stderr}")
expect(run(ROOT, "--check").returncode == 0, "this project's page is up to date")
finish()
