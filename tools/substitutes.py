#!/usr/bin/env python3
"""Finds substitutes for the channels that a narrowed GoogLeNet has not kept, and writes them to the file's metadata.

usage: substitutes.py --small FILE --full FILE --out FILE [--reverie build/reverie] PICTURE...

--small needs the metadata `channels`: which of the full network's channels each convolution kept. Both networks look at the
pictures (photographs, and dreams of them, because a dream is steered by what the network sees in dreams). For each channel that is gone, up to
TERMS of the small network's channels in the same layer are chosen one by one, each the one that explains most of what is left,
with the weights of least squares: orthogonal matching pursuit. An objective is linear in the means of channels, so their
weighted sum can replace the missing channel in an objective. Written as `substitutes`, {"LAYER": {"CHANNEL": [own channel,
weight, …]}}. Needs numpy.
"""
import argparse
import json
import pathlib
import struct
import subprocess
import tempfile

import numpy as np

TERMS = 6
POSITIONS = 6000   # of each picture and layer
RIDGE = 1e-3       # of each candidate's variance
BRANCHES = ["1x1", "3x3", "5x5", "pool_proj"]
MODULES = ["inception_" + name for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]
# Substitutes are chosen from all branches of a module: the most similar channel may be in another branch.
LAYERS = ["conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3",
          *(module + part for module in MODULES for part in ("", "/3x3_reduce", "/5x5_reduce"))]


def read_header(data):
    length, = struct.unpack("<Q", data[:8])
    return json.loads(data[8:8 + length]), 8 + length


def activations(reverie, weights, picture, folder):
    """What a network gives for a picture: [channels, positions] by layer."""
    dump = pathlib.Path(folder) / "activations.safetensors"
    subprocess.run([reverie, "lab", "gradient", picture, "--weights", weights, "--precision", "f32", "--objective",
                    " + ".join(LAYERS), "--dump", dump], check=True, stdout=subprocess.DEVNULL)
    data = dump.read_bytes()
    header, start = read_header(data)
    result = {}
    for layer in LAYERS:
        entry = header["act/" + layer]
        begin, end = (start + offset for offset in entry["data_offsets"])
        result[layer] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"][0], -1)
    return result


def look(arguments):
    """Both networks' activations at the same places of all pictures, by layer."""
    random = np.random.default_rng(0)
    full, small = {layer: [] for layer in LAYERS}, {layer: [] for layer in LAYERS}
    with tempfile.TemporaryDirectory() as folder:
        for picture in arguments.pictures:
            of_full = activations(arguments.reverie, arguments.full, picture, folder)
            of_small = activations(arguments.reverie, arguments.small, picture, folder)
            for layer in LAYERS:
                at = random.permutation(of_full[layer].shape[1])[:POSITIONS]
                full[layer].append(of_full[layer][:, at])
                small[layer].append(of_small[layer][:, at])
    return ({layer: np.concatenate(parts, 1) for layer, parts in of.items()} for of in (full, small))


def pursue(gram, wanted):
    """Chooses candidates (all of variance 1, given their correlations with each other and with the target); returns them and their weights."""
    chosen, weights = [], np.zeros(0)
    for _ in range(TERMS):
        left = np.abs(wanted - gram[:, chosen] @ weights)
        left[chosen] = -1
        chosen.append(int(np.argmax(left)))
        weights = np.linalg.solve(gram[np.ix_(chosen, chosen)] + RIDGE * np.eye(len(chosen)), wanted[chosen])
    return chosen, weights


def kept_in(layer, channels, shapes):
    """Numbers of the full network's channels that a layer has kept."""
    parts = [layer] if "/" in layer else [f"{layer}/{branch}" for branch in BRANCHES]
    kept, first = set(), 0
    for part in parts:
        kept |= {first + channel for channel in channels[part]}
        first += shapes[part + ".weight"]["shape"][0]
    return kept


def substitutes_of(layer, full, small, kept):
    full, small = full.astype(np.float64), small.astype(np.float64)
    spread = small.std(1) + 1e-6
    candidates = (small - small.mean(1, keepdims=True)) / spread[:, None]
    gram = candidates @ candidates.T / candidates.shape[1]
    result, found = {}, []
    for channel in sorted(set(range(len(full))) - kept):
        values = full[channel] - full[channel].mean()
        if values.std() < 1e-6:
            continue
        wanted = candidates @ values / values.size
        chosen, weights = pursue(gram, wanted)
        found.append(np.corrcoef(weights @ candidates[chosen], values)[0, 1])
        weights = weights / spread[chosen]
        result[str(channel)] = [x for at, w in zip(chosen, weights) for x in (at, float(f"{w:.3g}"))]
    if found:
        print(f"{layer:26} {len(found):4} gone, mean correlation {np.mean(found):.2f}, least {np.min(found):.2f}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--small", "--full", "--out"):
        parser.add_argument(name, required=True)
    parser.add_argument("--reverie", default="build/reverie")
    parser.add_argument("pictures", nargs="+")
    arguments = parser.parse_args()
    data = pathlib.Path(arguments.small).read_bytes()
    header, start = read_header(data)
    shapes, _ = read_header(pathlib.Path(arguments.full).read_bytes())
    metadata = header["__metadata__"]
    channels = json.loads(metadata["channels"])
    full, small = look(arguments)
    all_of_them = {layer: substitutes_of(layer, full[layer], small[layer], kept_in(layer, channels, shapes)) for layer in LAYERS}
    metadata["substitutes"] = json.dumps({layer: one for layer, one in all_of_them.items() if one}, separators=(",", ":"))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(arguments.out).write_bytes(struct.pack("<Q", len(text)) + text + data[start:])


if __name__ == "__main__":
    main()
