#!/usr/bin/env python3
"""Makes tests/data/inception_v3.safetensors: what Inception v3 of 2015-12-05 gives for a small picture, computed in float64
by numpy and by nothing of this project's C++. The repository needs no weights for it: filters, biases and the picture
follow from formulas that the test has too.

usage: make_golden_v3.py [FOLDER]      default: tests/data

The file holds every STEP-th value of some layers' outputs (act/LAYER, flattened) and their mean squares (loss/LAYER).
"""
import pathlib
import sys

import numpy as np

from make_golden import write_safetensors

WIDTH, HEIGHT = 111, 107
STEP = 61
ACTIVATIONS = ["conv_2", "conv_4", "mixed", "mixed_2", "mixed_3", "mixed_4/tower_1/conv_3", "mixed_7", "mixed_8",
               "mixed_9/tower_1/mixed/conv_1", "mixed_10", "softmax/logits"]
U64 = np.uint64


def uniform(name, count):
    """float32 in -1 ... 1: SplitMix64 (Steele et al. 2014) from the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2 ** 64
    with np.errstate(over="ignore"):
        z = U64(seed) + np.arange(1, count + 1, dtype=U64) * U64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> U64(30))) * U64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> U64(27))) * U64(0x94D049BB133111EB)
        z = z ^ (z >> U64(31))
    return ((z >> U64(40)).astype(np.float64) * 2.0 ** -23 - 1).astype(np.float32)


def picture():
    """3 x H x W whole numbers in 0 ... 255."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([(x * x + 3 * y * y + 5 * x * y // 2 + 70 * c) % 256 for c in range(3)]).astype(np.float64)


class Network:
    """Inception v3, module by module. `out` holds every layer's output."""

    def __init__(self):
        self.out = {}

    def conv(self, name, x, channels, kernel, stride=1, same=True, relu=True):
        kh, kw = kernel
        fan_in = x.shape[0] * kh * kw
        reach = np.float32(np.sqrt(6.0 / fan_in))
        weights = (uniform(name + ".weight", channels * fan_in) * reach).reshape(channels, x.shape[0], kh, kw)
        bias = uniform(name + ".bias", channels) * np.float32(0.25)
        if same:
            x = np.pad(x, ((0, 0), (kh // 2, kh // 2), (kw // 2, kw // 2)))
        view = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (1, 2))[:, ::stride, ::stride]
        y = np.tensordot(weights.astype(np.float64), view, ((1, 2, 3), (0, 3, 4))) + bias.astype(np.float64)[:, None, None]
        self.out[name] = np.maximum(y, 0) if relu else y
        return self.out[name]

    @staticmethod
    def max_pool(x, stride, same=False):
        if same:
            x = np.pad(x, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
        return np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))[:, ::stride, ::stride].max((3, 4))

    @staticmethod
    def average_pool(x):
        def sums(a):
            return np.lib.stride_tricks.sliding_window_view(np.pad(a, ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2)).sum((3, 4))
        return sums(x) / sums(np.ones_like(x))

    def chain(self, prefix, x, links):
        """links: (channels, kernel) or (channels, kernel, stride, same)."""
        for i, link in enumerate(links):
            x = self.conv(f"{prefix}/conv" + (f"_{i}" if i else ""), x, *link)
        return x

    def join(self, name, parts):
        self.out[name] = np.concatenate(parts)
        return self.out[name]

    def module_35(self, n, x, pool):
        return self.join(n, [
            self.chain(n, x, [(64, (1, 1))]),
            self.chain(n + "/tower", x, [(48, (1, 1)), (64, (5, 5))]),
            self.chain(n + "/tower_1", x, [(64, (1, 1)), (96, (3, 3)), (96, (3, 3))]),
            self.chain(n + "/tower_2", self.average_pool(x), [(pool, (1, 1))])])

    def module_17(self, n, x, c):
        return self.join(n, [
            self.chain(n, x, [(192, (1, 1))]),
            self.chain(n + "/tower", x, [(c, (1, 1)), (c, (1, 7)), (192, (7, 1))]),
            self.chain(n + "/tower_1", x, [(c, (1, 1)), (c, (7, 1)), (c, (1, 7)), (c, (7, 1)), (192, (1, 7))]),
            self.chain(n + "/tower_2", self.average_pool(x), [(192, (1, 1))])])

    def fork(self, n, x):
        return [self.conv(n + "/mixed/conv", x, 384, (1, 3)), self.conv(n + "/mixed/conv_1", x, 384, (3, 1))]

    def module_8(self, n, x, pooled):
        return self.join(n, [
            self.chain(n, x, [(320, (1, 1))]),
            *self.fork(n + "/tower", self.chain(n + "/tower", x, [(384, (1, 1))])),
            *self.fork(n + "/tower_1", self.chain(n + "/tower_1", x, [(448, (1, 1)), (384, (3, 3))])),
            self.chain(n + "/tower_2", pooled, [(192, (1, 1))])])

    def forward(self, x):
        x = self.conv("conv", x, 32, (3, 3), 2, same=False)
        x = self.conv("conv_1", x, 32, (3, 3), same=False)
        x = self.max_pool(self.conv("conv_2", x, 64, (3, 3)), 2)
        x = self.conv("conv_3", x, 80, (1, 1), same=False)
        x = self.max_pool(self.conv("conv_4", x, 192, (3, 3), same=False), 2)
        x = self.module_35("mixed", x, 32)
        x = self.module_35("mixed_1", x, 64)
        x = self.module_35("mixed_2", x, 64)
        x = self.join("mixed_3", [
            self.chain("mixed_3", x, [(384, (3, 3), 2, False)]),
            self.chain("mixed_3/tower", x, [(64, (1, 1)), (96, (3, 3)), (96, (3, 3), 2, False)]), self.max_pool(x, 2)])
        for name, channels in [("mixed_4", 128), ("mixed_5", 160), ("mixed_6", 160), ("mixed_7", 192)]:
            x = self.module_17(name, x, channels)
        x = self.join("mixed_8", [
            self.chain("mixed_8/tower", x, [(192, (1, 1)), (320, (3, 3), 2, False)]),
            self.chain("mixed_8/tower_1", x, [(192, (1, 1)), (192, (1, 7)), (192, (7, 1)), (192, (3, 3), 2, False)]),
            self.max_pool(x, 2)])
        x = self.module_8("mixed_9", x, self.average_pool(x))
        x = self.module_8("mixed_10", x, self.max_pool(x, 1, same=True))
        self.conv("softmax/logits", x.mean((1, 2), keepdims=True), 1008, (1, 1), relu=False)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "tests/data")
    network = Network()
    network.forward((picture() - 128) / 128)
    written, losses = {}, {}
    for layer in ACTIVATIONS:
        values = network.out[layer]
        written["act/" + layer] = values.ravel()[::STEP]
        losses["loss/" + layer] = repr(float(np.mean(values * values)))
        print(layer, values.shape, losses["loss/" + layer])
    write_safetensors(folder / "inception_v3.safetensors", written,
                      {**losses, "step": str(STEP), "made_by": "tools/make_golden_v3.py"})


if __name__ == "__main__":
    main()
