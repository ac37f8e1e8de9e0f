#!/usr/bin/env python3
"""Makes tests/data/googlenet.{ppm,safetensors}: what the embedded network gives for a small picture, computed in float64
by numpy and by nothing of this project's C++.

usage: make_golden.py [WEIGHTS [FOLDER]]      default: weights/googlenet.safetensors tests/data

The picture is procedural. Its file holds losses (metadata loss/NAME), gradients of objectives with respect to the network's
input (grad/NAME, 3 x H x W), and every STEP-th value of some layers' outputs (act/LAYER, flattened).
"""
import json
import pathlib
import struct
import sys

import numpy as np

WIDTH, HEIGHT = 61, 53
STEP = 29   # of the stored activations; shares no factor with a layer's width

# (name, [(weight, layer, channel or None)])
OBJECTIVES = [
    ("inception_5b", [(1.0, "inception_5b", None)]),
    ("inception_4e", [(1.0, "inception_4e", None)]),
    ("inception_4c_channel_100", [(1.0, "inception_4c", 100)]),
    ("inception_4b_5x5_reduce", [(1.0, "inception_4b/5x5_reduce", None)]),
    ("pool3", [(1.0, "pool3/3x3_s2", None)]),
    ("mix", [(0.8, "inception_3b", None), (1.0, "inception_4c", 17), (-0.3, "inception_4d", None),
             (0.5, "conv2/3x3", None)]),
]
ACTIVATIONS = ["conv1/7x7_s2", "conv2/3x3", "inception_3a", "inception_4a/5x5", "inception_4c", "inception_4e",
               "inception_5b"]


def read_safetensors(path):
    """Tensors as float64 and the metadata of a file of F32 and F16 tensors."""
    raw = pathlib.Path(path).read_bytes()
    length, = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(raw[begin:end], {"F32": "<f4", "F16": "<f2"}[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).astype(np.float64)
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    header, offset, parts = {"__metadata__": metadata}, 0, []
    for name, values in tensors.items():
        part = np.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + len(part)]}
        offset += len(part)
        parts.append(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def picture():
    """3 x H x W whole numbers in 0 ... 255: waves, a disc, an edge and grain."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    grain = ((x * 7919 + y * 104729 + x * y * 31) % 97) / 97 - 0.5
    planes = [np.sin(x / 5.3 + c) * 40 + np.cos(y / (3.1 + c) - x / 9) * 35 + 125 + grain * 24 for c in range(3)]
    disc = (x - 38) ** 2 + (y - 21) ** 2 < 13 ** 2
    planes[0] = np.where(disc, planes[0] * 0.4 + 130, planes[0])
    planes[2] = np.where(x + 2 * y > 120, planes[2] * 0.5, planes[2])
    return np.clip(np.rint(np.stack(planes)), 0, 255)


class Network:
    """GoogLeNet (Szegedy et al. 2014) without normalisation, to inception_5b. `out` holds every layer's output; `back` holds,
    in the order of computation, the functions that turn a layer's gradient into its input's."""

    def __init__(self, tensors):
        self.tensors, self.out, self.back = tensors, {}, []

    @staticmethod
    def windows(x, k, stride, pad, fill):
        """(C, rows, columns, k, k) values, and the padded extent. Where `pad` is None, Caffe's rule: as many windows as
        cover everything, the last ones partly outside."""
        _, height, width = x.shape
        if pad is None:
            rows, columns = (-(-max(n - k, 0) // stride) + 1 for n in (height, width))
            after = [max(0, (n - 1) * stride + k - size) for n, size in ((rows, height), (columns, width))]
            padding = ((0, 0), (0, after[0]), (0, after[1]))
        else:
            padding = ((0, 0), (pad, pad), (pad, pad))
        padded = np.pad(x, padding, constant_values=fill)
        view = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (1, 2))[:, ::stride, ::stride]
        return view, padded.shape, padding

    @staticmethod
    def unwindowed(values, padded_shape, padding, stride, shape):
        """The transpose of windows(): all values added up where they came from."""
        sums = np.zeros(padded_shape)
        _, rows, columns, k, _ = values.shape
        for ky in range(k):
            for kx in range(k):
                sums[:, ky:ky + rows * stride:stride, kx:kx + columns * stride:stride][:, :rows, :columns] += \
                    values[..., ky, kx]
        top, left = padding[1][0], padding[2][0]
        return sums[:, top:top + shape[1], left:left + shape[2]]

    def conv(self, name, source, stride=1):
        weights, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        k = weights.shape[2]
        x = self.out[source]
        view, padded_shape, padding = self.windows(x, k, stride, k // 2, 0)
        y = np.maximum(np.tensordot(weights, view, ((1, 2, 3), (0, 3, 4))) + bias[:, None, None], 0)
        self.out[name] = y

        def back(gradients):
            masked = gradients[name] * (y > 0)
            spread = np.tensordot(weights, masked, ((0,), (0,))).transpose(0, 3, 4, 1, 2)
            gradients[source] += self.unwindowed(spread, padded_shape, padding, stride, x.shape)
        self.back.append(back)
        return name

    def pool(self, name, source, stride, pad):
        x = self.out[source]
        view, padded_shape, padding = self.windows(x, 3, stride, pad, -np.inf)
        flat = view.reshape(view.shape[:3] + (9,))
        winner = flat.argmax(-1)
        self.out[name] = flat.max(-1)

        def back(gradients):
            share = (winner[..., None] == np.arange(9)) * gradients[name][..., None]
            gradients[source] += self.unwindowed(share.reshape(view.shape), padded_shape, padding, stride, x.shape)
        self.back.append(back)
        return name

    def module(self, name, source):
        parts = [self.conv(name + "/1x1", source)]
        parts.append(self.conv(name + "/3x3", self.conv(name + "/3x3_reduce", source)))
        parts.append(self.conv(name + "/5x5", self.conv(name + "/5x5_reduce", source)))
        parts.append(self.conv(name + "/pool_proj", self.pool(name + "/pool", source, 1, 1)))
        self.out[name] = np.concatenate([self.out[part] for part in parts])

        def back(gradients):
            first = 0
            for part in parts:
                channels = self.out[part].shape[0]
                gradients[part] += gradients[name][first:first + channels]
                first += channels
        self.back.append(back)
        return name

    def forward(self, x):
        self.out, self.back = {"input": x}, []
        at = self.conv("conv1/7x7_s2", "input", 2)
        at = self.pool("pool1/3x3_s2", at, 2, None)
        at = self.conv("conv2/3x3", self.conv("conv2/3x3_reduce", at))
        at = self.pool("pool2/3x3_s2", at, 2, None)
        at = self.module("inception_3b", self.module("inception_3a", at))
        at = self.pool("pool3/3x3_s2", at, 2, None)
        for name in "abcde":
            at = self.module("inception_4" + name, at)
        at = self.pool("pool4/3x3_s2", at, 2, None)
        for name in "ab":
            at = self.module("inception_5" + name, at)

    def gradient(self, terms):
        """The objective's value and its gradient with respect to the input."""
        gradients = {name: np.zeros_like(values) for name, values in self.out.items()}
        loss = 0.0
        for weight, layer, channel in terms:
            a = self.out[layer]
            if channel is None:
                loss += weight * np.mean(a * a)
                gradients[layer] += weight * 2 * a / a.size
            else:
                loss += weight * np.mean(a[channel])
                gradients[layer][channel] += weight / a[channel].size
        for back in reversed(self.back):
            back(gradients)
        return loss, gradients["input"]


def check(network, x, terms, gradient):
    """Checks against finite differences along a direction; a kink in between would show as a large difference."""
    direction = np.random.default_rng(1).standard_normal(x.shape)
    step = 1e-7
    losses = []
    for sign in (1, -1):
        network.forward(x + sign * step * direction)
        losses.append(network.gradient(terms)[0])
    network.forward(x)
    slope = (losses[0] - losses[1]) / (2 * step)
    return abs(slope - np.sum(gradient * direction)) / np.linalg.norm(gradient)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    weights = sys.argv[1] if len(sys.argv) > 1 else root / "weights/googlenet.safetensors"
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else root / "tests/data")
    tensors, metadata = read_safetensors(weights)
    rgb = picture()
    mean = np.array([float(v) for v in metadata["input_mean"].split()])[:, None, None]
    x = (rgb - mean) * float(metadata["input_scale"])
    network = Network(tensors)
    network.forward(x)
    written, losses = {}, {}
    for name, terms in OBJECTIVES:
        loss, gradient = network.gradient(terms)
        print(f"{name}: {loss:.9g}, finite differences differ by {check(network, x, terms, gradient):.1e}")
        written["grad/" + name] = gradient
        losses["loss/" + name] = repr(float(loss))
    for layer in ACTIVATIONS:
        written["act/" + layer] = network.out[layer].ravel()[::STEP]
    write_safetensors(folder / "googlenet.safetensors", written,
                      {**losses, "step": str(STEP), "made_by": "tools/make_golden.py"})
    pixels = rgb.transpose(1, 2, 0).astype(np.uint8).tobytes()
    (folder / "googlenet.ppm").write_bytes(b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + pixels)


if __name__ == "__main__":
    main()
