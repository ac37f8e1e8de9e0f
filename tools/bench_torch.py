#!/usr/bin/env python3
"""Times the same gradient step in PyTorch, for comparison: GoogLeNet to a layer, the mean of its squares, the gradient of the picture.

usage: bench_torch.py --weights FILE [--layer inception_4c] [--size 1920x1080] [--seconds 2] [--device cuda]

fp16 in channels_last, by eager execution, and compiled (torch.compile) in a CUDA graph. Prints one JSON object:
{"device", "torch", "cudnn", "layer", "width", "height", "eager_ms", "compiled_graph_ms", "loss"}; what could not be measured is
null, and "problem" says why.
"""
import argparse
import json
import pathlib
import statistics
import struct
import sys
import time

try:
    import torch
    import torch.nn.functional as functional
except ImportError as error:
    sys.exit(f"bench_torch: PyTorch cannot be imported: {error}")

MODULES = ["3a", "3b", None, "4a", "4b", "4c", "4d", "4e", None, "5a", "5b"]   # None: a pool between
TYPES = {"F16": torch.float16, "F32": torch.float32, "BF16": torch.bfloat16}


def read_safetensors(path):
    """Tensors by name, and the metadata."""
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata


class GoogLeNet(torch.nn.Module):
    """Szegedy et al. 2014 with the names of the BVLC model, up to and including one inception module."""

    def __init__(self, tensors, last, dtype, device):
        super().__init__()
        self.last = last
        self.values = {name: value.to(device=device, dtype=dtype) for name, value in tensors.items()}
        for name, value in self.values.items():
            if value.dim() == 4:
                self.values[name] = value.contiguous(memory_format=torch.channels_last)

    def conv(self, x, name, stride=1, padding=0):
        weight, bias = self.values[name + ".weight"], self.values[name + ".bias"]
        return functional.relu(functional.conv2d(x, weight, bias, stride=stride, padding=padding))

    def module(self, x, name):
        name = "inception_" + name
        return torch.cat([
            self.conv(x, name + "/1x1"),
            self.conv(self.conv(x, name + "/3x3_reduce"), name + "/3x3", padding=1),
            self.conv(self.conv(x, name + "/5x5_reduce"), name + "/5x5", padding=2),
            self.conv(functional.max_pool2d(x, 3, 1, 1), name + "/pool_proj"),
        ], 1)

    def forward(self, x):
        def pool(y):
            return functional.max_pool2d(y, 3, 2, ceil_mode=True)
        x = pool(self.conv(x, "conv1/7x7_s2", 2, 3))
        x = pool(self.conv(self.conv(x, "conv2/3x3_reduce"), "conv2/3x3", padding=1))
        for module in MODULES:
            x = pool(x) if module is None else self.module(x, module)
            if module == self.last:
                return x
        raise ValueError(self.last)


def make_step(network, picture, scale):
    """A function that computes the loss and the picture's gradient."""
    def step():
        loss = network(picture).float().square().mean()
        gradient, = torch.autograd.grad(loss * scale, picture)
        return loss, gradient
    return step


def measure_ms(step, seconds, device):
    for _ in range(3):
        step()
    times = []
    begin = time.monotonic()
    while len(times) < 5 or (time.monotonic() - begin < seconds and len(times) < 1000):
        if device == "cuda":
            first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            first.record()
            step()
            last.record()
            last.synchronize()
            times.append(first.elapsed_time(last))
        else:
            before = time.monotonic()
            step()
            times.append(1e3 * (time.monotonic() - before))
    return statistics.median(times)


def captured(step):
    """The step in a CUDA graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", required=True)
    parser.add_argument("--layer", default="inception_4c")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit("bench_torch: PyTorch finds no CUDA device")
    tensors, metadata = read_safetensors(options.weights)
    if metadata.get("lrn", "none") != "none":
        sys.exit("bench_torch: these weights want local response normalisation, which is not measured here")
    dtype = torch.float16 if options.device == "cuda" else torch.float32
    torch.backends.cudnn.benchmark = True
    network = GoogLeNet(tensors, options.layer.removeprefix("inception_"), dtype, options.device)
    picture = torch.rand(1, 3, height, width, dtype=torch.float32).sub(0.5)
    picture = picture.to(device=options.device, dtype=dtype).contiguous(memory_format=torch.channels_last)
    picture.requires_grad_(True)
    scale = 1.0 if dtype == torch.float32 else 65536.0
    result = {"device": torch.cuda.get_device_name() if options.device == "cuda" else "cpu", "torch": torch.__version__,
              "cudnn": torch.backends.cudnn.version(), "layer": options.layer, "width": width, "height": height,
              "eager_ms": None, "compiled_graph_ms": None}
    step = make_step(network, picture, scale)
    result["loss"] = float(step()[0])
    result["eager_ms"] = measure_ms(step, options.seconds, options.device)
    if options.device == "cuda":
        try:
            compiled = make_step(torch.compile(network), picture, scale)
            for _ in range(3):
                compiled()
            torch.cuda.synchronize()
            result["compiled_graph_ms"] = measure_ms(captured(compiled), options.seconds, options.device)
        except Exception as error:   # whatever makes the compiler fail: the figure is missing, and `problem` says why
            result["problem"] = f"torch.compile in a CUDA graph: {type(error).__name__}: {str(error).splitlines()[0]}"
    print(json.dumps(result))


if __name__ == "__main__":
    main()
