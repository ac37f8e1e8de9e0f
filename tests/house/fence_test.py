"""The fences report files that are made to break their rules, and pass files that keep to them."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

import include_fence  # noqa: E402
import marker_check  # noqa: E402


class Tree(unittest.TestCase):
    """A tree of files that exists as long as a test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)


class IncludeFence(Tree):
    def found(self, path, text):
        self.write(path, text)
        lines = list(include_fence.problems(self.root))
        (self.root / path).unlink()
        return lines

    def test_each_forbidden_include_is_found(self):
        for path, header in [
            ("src/util/log.cpp", '"kernels/view.h"'), ("kernels/functors/warp.h", '"src/net/graph.h"'),
            ("src/net/graph.cpp", '"src/dream/params.h"'), ("src/show/live_show.cpp", '"src/render/render_job.h"'),
            ("src/media/frames/frame.h", '"src/net/graph.h"'), ("src/gl/present.cpp", '"src/media/frames/frame.h"'),
            ("src/dream/score.h", '"src/control/osc.h"'), ("src/control/osc.cpp", '"src/show/live_show.h"'),
            ("src/net/network.cpp", "<dnnl.hpp>"), ("src/net/network.cpp", "<oneapi/dnnl/dnnl.hpp>"),
            ("src/cli/live.cpp", "<cuda_runtime.h>"), ("src/gl/texture.cpp", "<cuda_gl_interop.h>"),
            ("src/cli/render.cpp", "<libavcodec/avcodec.h>"), ("src/cli/live.cpp", "<GLFW/glfw3.h>"),
            ("src/cli/live.cpp", "<imgui.h>"), ("src/gl/texture.cpp", "<backends/imgui_impl_opengl3.h>"),
            ("src/cli/live.cpp", "<RtMidi.h>"), ("src/dream/score.cpp", "<lo/lo.h>"), ("src/main.cpp", "<omp.h>"),
            ("kernels/ops.h", '"kernels/functors/warp.h"'), ("kernels/functors/warp.h", '"kernels/cpu/exec_cpu.h"'),
            ("kernels/cpu/conv_dnnl.cpp", '"kernels/cuda/conv_cudnn.h"'), ("src/dream/motion/motion.cpp", '"kernels/functors/warp.h"'),
            ("kernels/cpu/device_cpu.cpp", "<cuda_runtime.h>"), ("kernels/functors/warp.h", "<omp.h>"),
            ("src/cli/still.cpp", '"tests/support/picture.h"'), ("src/extra/x.cpp", "<vector>"),
        ]:
            with self.subTest(path=path, header=header):
                self.assertEqual(1, len(self.found(path, f"// a file\n#  include {header}\n")))

    def test_what_keeps_to_the_rules_passes(self):
        for path, header in [
            ("src/main.cpp", '"src/cli/commands.h"'), ("src/cli/render.cpp", '"src/media/sources/source_file.h"'),
            ("src/control/score.cpp", '"src/dream/params.h"'), ("src/net/network.cpp", '"kernels/conv.h"'),
            ("src/media/frames/frame.h", '"src/util/error.h"'), ("src/media/sink_file.cpp", "<libavformat/avformat.h>"),
            ("kernels/cpu/conv_dnnl.cpp", "<dnnl.hpp>"), ("kernels/cuda/interop_cuda.cpp", "<cuda_gl_interop.h>"),
            ("kernels/cuda/device_cuda.cpp", '"kernels/functors/warp.h"'), ("kernels/hd.h", "<cuda_fp16.h>"),
            ("src/ui/widgets/ui.cpp", "<imgui.h>"), ("src/ui/overlay/mix.cpp", "<imgui.h>"), ("src/gl/context.cpp", "<EGL/egl.h>"),
            ("src/control/midi.cpp", "<RtMidi.h>"), ("src/util/log.cpp", "<vector>"),
        ]:
            with self.subTest(path=path, header=header):
                self.assertEqual([], self.found(path, f"#include {header}\n"))

    def test_an_include_from_the_own_folder_is_found(self):
        self.write("src/net/graph.h", "")
        self.assertEqual(1, len(self.found("src/net/graph.cpp", '#include "graph.h"\n')))

    def test_a_long_file_is_found_with_its_length(self):
        self.assertEqual([], self.found("kernels/long.h", "//\n" * 500))
        self.assertEqual(["kernels/long.h:501"], [line[:18] for line in self.found("kernels/long.h", "//\n" * 501)])


class MarkerCheck(Tree):
    def test_markers_and_paths_are_found(self):
        self.write("src/a.cpp", "// TO" + "DO: later\n")
        self.write("tools/run", "cd /wo" + "rk/main\n")
        self.write("README.md", "the net/wo" + "rk/ of a day, ../wo" + "rk/x, TO" + "DOS\n")
        found = sorted(line.split(":")[0] for line in marker_check.problems(self.root))
        self.assertEqual(["src/a.cpp", "tools/run"], found)


if __name__ == "__main__":
    unittest.main()
