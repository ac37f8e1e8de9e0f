#!/usr/bin/env python3
"""Trains the embedded GoogLeNet by distillation from Inception v3, and writes it as safetensors.

usage: train_embedded.py --images DIR --teacher FILE --out FILE [--start FILE] [--minutes 8] [--size 192] [--batch 96]
                         [--rate 2e-3] [--trunk-rate 0.25] [--device cuda] [--seed 0]
       train_embedded.py --pack DIR --images DIR --teacher FILE [--start FILE]

The student is GoogLeNet (Szegedy et al. 2014) to inception_5b, with batch norm in place of LRN, folded into the filters at the
end. At seven depths a linear map of its activations must predict the teacher's, each channel divided by its spread: a mean
squared error of 1 is "knows nothing", 0 is perfect. Pictures are crops of photographs, procedural patterns, blends of both, and,
after a quarter of the time, dreams that the student has just made of them: it must see in its dreams what the teacher sees there.
That turns its gradients from noise into eyes and fur.

--start FILE begins with those weights: layers that it holds are trained further at --trunk-rate times the rate, so that a channel
keeps the meaning for which presets name it. A checkpoint is kept beside the output (FILE.pt); if it exists, training continues
from it. --pack gathers everything for a machine without a package manager, less than 60 MB. Needs PyTorch 1.13 or newer; NumPy and
Pillow where photographs are read.
"""
import argparse
import hashlib
import json
import math
import pathlib
import random
import shutil
import struct
import sys
import time

import bench_torch
import torch
import torch.nn.functional as functional
from torch import nn

MEAN, SCALE = 128.0, 128.0   # the input of both networks is (RGB 0 … 255 − MEAN) / SCALE
LOWEST, HIGHEST = -1.2, 1.2  # the range that is kept after colours were changed
CANVAS = 352                 # photographs are held with this longest side
HELD_OUT_EVERY = 20
MOST_BYTES = 14_000_000
TEACHER_END = "mixed_8"

MODULES = {"3a": (192, 64, 96, 128, 16, 32, 32), "3b": (256, 128, 128, 192, 32, 96, 64), "4a": (480, 192, 96, 208, 16, 48, 64),
           "4b": (512, 160, 112, 224, 24, 64, 64), "4c": (512, 128, 128, 256, 24, 64, 64), "4d": (512, 112, 144, 288, 32, 64, 64),
           "4e": (528, 256, 160, 320, 32, 128, 128), "5a": (832, 256, 160, 320, 32, 128, 128),
           "5b": (832, 384, 192, 384, 48, 128, 128)}
# Student's module, teacher's module, and how far the teacher's grid lies behind the student's, in cells. Pixel of the centre of
# cell i: 8i+6, 16i+14, 32i+30 for the student; 8i+14, 16i+22, 32i+38 for the teacher, whose picture begins a pixel later.
TAPS = (("3a", "mixed", 1.0), ("3b", "mixed_2", 1.0), ("4b", "mixed_3", 0.5), ("4c", "mixed_4", 0.5), ("4d", "mixed_5", 0.5),
        ("4e", "mixed_6", 0.5), ("5b", "mixed_8", 0.25))
DREAMED = ("3b", "4b", "4c", "4d", "4e", "5a", "5b")


# --- the teacher

class Teacher(nn.Module):
    """Inception v3 to mixed_8 as TensorFlow released it in 2015, batch norm folded."""

    def __init__(self, tensors):
        super().__init__()
        self.tensors = nn.ParameterDict({self.key(name): nn.Parameter(value.float(), requires_grad=False)
                                         for name, value in tensors.items()})

    @staticmethod
    def key(name):
        return name.replace("/", "|").replace(".", "!")

    def conv(self, x, name, stride=1, same=True):
        weight, bias = self.tensors[self.key(name + ".weight")], self.tensors[self.key(name + ".bias")]
        padding = (weight.shape[2] // 2, weight.shape[3] // 2) if same else 0
        return functional.relu(functional.conv2d(x, weight, bias, stride=stride, padding=padding))

    def tower(self, x, name, count, last_stride=1):
        """Convolutions name/conv, name/conv_1, …; the last of stride 2 is not padded."""
        for i in range(count):
            last = i == count - 1 and last_stride == 2
            x = self.conv(x, f"{name}/conv{'' if i == 0 else f'_{i}'}", 2 if last else 1, not last)
        return x

    def halved(self, x, name, *towers):
        """A module that halves its grid: the towers' names and lengths, and a pool."""
        return torch.cat([self.tower(x, tower, count, 2) for tower, count in towers] + [functional.max_pool2d(x, 3, 2)], 1)

    def module(self, x, name, first, second):
        """A module that keeps its grid: towers of `first` and `second` convolutions between a single one and a pool."""
        pooled = functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return torch.cat([self.conv(x, name + "/conv"), self.tower(x, name + "/tower", first),
                          self.tower(x, name + "/tower_1", second), self.conv(pooled, name + "/tower_2/conv")], 1)

    def forward(self, x):
        x = self.conv(self.conv(self.conv(x, "conv", 2, False), "conv_1", 1, False), "conv_2")
        x = self.conv(self.conv(functional.max_pool2d(x, 3, 2), "conv_3"), "conv_4", 1, False)
        x = functional.max_pool2d(x, 3, 2)
        seen = {}
        for name in ("mixed", "mixed_1", "mixed_2"):
            x = seen[name] = self.module(x, name, 2, 3)
        x = seen["mixed_3"] = self.halved(x, "mixed_3", ("mixed_3", 1), ("mixed_3/tower", 3))
        for name in ("mixed_4", "mixed_5", "mixed_6", "mixed_7"):
            x = seen[name] = self.module(x, name, 3, 5)
        seen["mixed_8"] = self.halved(x, "mixed_8", ("mixed_8/tower", 2), ("mixed_8/tower_1", 4))
        return seen


# --- the student

class ConvBn(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.02)
        self.start = None   # a filter and a bias that this layer takes with the next picture
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

    def forward(self, x):
        if self.start is not None:
            self.begin_with(x)
        return functional.relu(self.norm(self.conv(x)))

    @torch.no_grad()
    def begin_with(self, x):
        """Sets the norm to what it would have learned: with these pictures' statistics it changes nothing."""
        weight, bias = self.start
        self.start = None
        self.conv.weight.copy_(weight)
        y = self.conv(x).float()
        mean, variance = y.mean((0, 2, 3)), y.var((0, 2, 3), unbiased=False)
        self.norm.running_mean.copy_(mean)
        self.norm.running_var.copy_(variance)
        self.norm.weight.copy_(torch.sqrt(variance + self.norm.eps))
        self.norm.bias.copy_(bias + mean)

    def folded(self):
        factor = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return self.conv.weight * factor[:, None, None, None], self.norm.bias - self.norm.running_mean * factor


class Student(nn.Module):
    """GoogLeNet to inception_5b. Convolutions are named as in the BVLC model, with | for /."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({"conv1|7x7_s2": ConvBn(3, 64, 7, 2), "conv2|3x3_reduce": ConvBn(64, 64, 1),
                                     "conv2|3x3": ConvBn(64, 192, 3)})
        for name, (inputs, one, reduce3, three, reduce5, five, pool) in MODULES.items():
            name = f"inception_{name}|"
            self.layers.update({name + "1x1": ConvBn(inputs, one, 1), name + "3x3_reduce": ConvBn(inputs, reduce3, 1),
                                name + "3x3": ConvBn(reduce3, three, 3), name + "5x5_reduce": ConvBn(inputs, reduce5, 1),
                                name + "5x5": ConvBn(reduce5, five, 5), name + "pool_proj": ConvBn(inputs, pool, 1)})

    def module(self, x, name):
        name = f"inception_{name}|"
        return torch.cat([self.layers[name + "1x1"](x), self.layers[name + "3x3"](self.layers[name + "3x3_reduce"](x)),
                          self.layers[name + "5x5"](self.layers[name + "5x5_reduce"](x)),
                          self.layers[name + "pool_proj"](functional.max_pool2d(x, 3, 1, 1))], 1)

    def forward(self, x, last="5b"):
        def halved(y):
            return functional.max_pool2d(y, 3, 2, ceil_mode=True)
        x = halved(self.layers["conv2|3x3"](self.layers["conv2|3x3_reduce"](halved(self.layers["conv1|7x7_s2"](x)))))
        seen = {}
        for name in MODULES:
            if name in ("4a", "5a"):
                x = halved(x)
            x = seen[name] = self.module(x, name)
            if name == last:
                break
        return seen

    def start_with(self, tensors):
        """Lets layers begin with the values in `tensors`, at the next pictures; returns their names."""
        begun = []
        for name, layer in self.layers.items():
            name = name.replace("|", "/")
            if name + ".weight" in tensors:
                layer.start = [tensors[f"{name}.{part}"].float().to(layer.conv.weight.device) for part in ("weight", "bias")]
                begun.append(name)
        return begun

    def tensors(self):
        folded = {}
        for name, layer in self.layers.items():
            name = name.replace("|", "/")
            folded[name + ".weight"], folded[name + ".bias"] = layer.folded()
        return folded


def write_safetensors(path, tensors, metadata):
    """Writes F16 to a temporary file that is then moved into place; returns the file's SHA-256 and its size in bytes."""
    header, values = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        stored = tensor.detach().cpu().half().contiguous().numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [len(values), len(values) + len(stored)]}
        values += stored
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = struct.pack("<Q", len(text)) + text + values
    partial = path.with_suffix(".tmp")
    partial.write_bytes(data)
    partial.replace(path)
    return hashlib.sha256(data).hexdigest(), len(data)


# --- pictures

class Photographs:
    """All photographs in the device's memory, each in the corner of a square canvas."""

    def __init__(self, files, device):
        import numpy
        from PIL import Image
        self.canvas = torch.zeros(len(files), 3, CANVAS, CANVAS, dtype=torch.uint8, device=device)
        self.sizes = torch.zeros(len(files), 2)
        for i, file in enumerate(files):
            image = Image.open(file).convert("RGB")
            image.thumbnail((CANVAS, CANVAS), Image.BICUBIC)
            pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1)
            self.canvas[i, :, :pixels.shape[1], :pixels.shape[2]] = pixels.to(device)
            self.sizes[i] = torch.tensor(pixels.shape[1:])

    def crops(self, which, size, generator):
        """Square crops of 0.35 to 1 times each photograph's shorter side, anywhere in it, half of them mirrored: B × 3 × size × size, 0 … 255."""
        count = len(which)
        sizes = self.sizes[which]
        side = sizes.min(1).values * (0.35 + 0.65 * torch.rand(count, generator=generator))
        corner = torch.rand(count, 2, generator=generator) * (sizes - side[:, None])
        mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
        theta = torch.zeros(count, 2, 3)
        theta[:, 0, 0], theta[:, 1, 1] = mirror * side / CANVAS, side / CANVAS
        theta[:, :, 2] = ((2 * corner + side[:, None]) / CANVAS - 1).flip(1)
        grid = functional.affine_grid(theta, (count, 3, size, size), align_corners=False).to(self.canvas.device)
        return functional.grid_sample(self.canvas[which].float(), grid, padding_mode="border", align_corners=False)


def patterns(count, size, device, generator):
    """Billows, blots and grain in few colours, like the program's own sources: B × 3 × size × size, 0 … 255."""
    field = torch.zeros(count, 2, size, size, device=device)
    share = 1.0
    for octave in range(2, 7):
        grain = torch.randn(count, 2, 2 ** octave, 2 ** octave, generator=generator).to(device)
        field += share * functional.interpolate(grain, (size, size), mode="bicubic", align_corners=False)
        share *= random.uniform(0.4, 0.75)
    steepness = torch.exp(2.5 * torch.rand(count, 1, 1, 1, generator=generator)).to(device)   # 1: billows, 12: blots
    mix = torch.sigmoid(steepness * field[:, :1])
    light = torch.sigmoid(field[:, 1:])
    dark, bright, tint = (255 * torch.rand(count, 3, 1, 1, generator=generator).to(device) for _ in range(3))
    return (dark + (bright - dark) * mix) * (0.4 + 0.6 * light) + 0.3 * tint * (1 - light)


class Pictures:
    """Batches in the form that the networks need."""

    def __init__(self, files, size, device, seed):
        self.photographs, self.size, self.device = Photographs(files, device), size, device
        self.generator = torch.Generator().manual_seed(seed)

    def batch(self, count):
        which = torch.randint(len(self.photographs.sizes), (count,), generator=self.generator)
        x = self.photographs.crops(which, self.size, self.generator)
        # One in eight is a pattern, one in eight a blend with one.
        drawn = max(1, count // 4)
        share = torch.rand(drawn, 1, 1, 1, generator=self.generator).to(self.device)
        share[:drawn // 2] = 1
        x[:drawn] += share * (patterns(drawn, self.size, self.device, self.generator) - x[:drawn])
        x = (x - MEAN) / SCALE
        changed = (torch.rand(count, 1, 1, 1, generator=self.generator) < 0.6).to(self.device)
        gain = 0.7 + 0.6 * torch.rand(count, 3, 1, 1, generator=self.generator).to(self.device)
        lift = 0.3 * (torch.rand(count, 3, 1, 1, generator=self.generator).to(self.device) - 0.5)
        x = torch.where(changed, x * gain + lift, x).clamp(LOWEST, HIGHEST)
        return x[torch.randperm(count, generator=self.generator)].contiguous(memory_format=torch.channels_last)


# --- training

def shifted(y, cells):
    """The values `cells` cells further along both axes, bilinear."""
    whole, part = int(cells), cells % 1
    y = y[:, :, whole:, whole:]
    if part == 0:
        return y
    y = (1 - part) * y[:, :, :-1] + part * y[:, :, 1:]
    return (1 - part) * y[:, :, :, :-1] + part * y[:, :, :, 1:]


class Training:
    def __init__(self, arguments):
        self.arguments, self.device = arguments, torch.device(arguments.device)
        torch.backends.cudnn.benchmark = True   # few sizes, each used often
        files = sorted(pathlib.Path(arguments.images).glob("*.jpg"))
        if len(files) < 2 * HELD_OUT_EVERY:
            sys.exit(f"train_embedded: {arguments.images} holds {len(files)} .jpg; at least {2 * HELD_OUT_EVERY} are needed")
        held_out = Pictures(files[::HELD_OUT_EVERY], arguments.size, self.device, 1)
        self.pictures = Pictures([f for i, f in enumerate(files) if i % HELD_OUT_EVERY], arguments.size, self.device, arguments.seed)
        self.probe = held_out.batch(64)
        teacher, _ = bench_torch.read_safetensors(arguments.teacher)
        self.teacher = Teacher(teacher).eval().to(self.device, memory_format=torch.channels_last)
        self.student = Student().to(self.device, memory_format=torch.channels_last)
        self.begun = set()
        if arguments.start:
            self.begun = set(self.student.start_with(bench_torch.read_safetensors(arguments.start)[0]))
            self.student.eval()
            with torch.no_grad():
                self.student(self.pictures.batch(96))
        with torch.no_grad(), self.cast():
            seen = self.teacher(self.pictures.batch(96)[:, :, 1:, 1:])
            mine = self.student(self.probe[:2])
        self.spread = {t: seen[t].float().std((0, 2, 3)).clamp_min(0.02)[None, :, None, None] for _, t, _ in TAPS}
        self.maps = nn.ModuleDict({s: nn.Conv2d(mine[s].shape[1], seen[t].shape[1], 1) for s, t, _ in TAPS}).to(self.device)
        self.student.train()

    def cast(self):
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def losses(self, x):
        with torch.no_grad(), self.cast():
            wanted = self.teacher(x[:, :, 1:, 1:].contiguous(memory_format=torch.channels_last))
        with self.cast():
            seen = self.student(x)
            guesses = {s: shifted(self.maps[s](seen[s]), cells) for s, _, cells in TAPS}
        out = {}
        for s, t, _ in TAPS:
            rows, columns = (min(guesses[s].shape[i], wanted[t].shape[i]) for i in (2, 3))
            error = (guesses[s][:, :, :rows, :columns].float() - wanted[t][:, :, :rows, :columns].float()) / self.spread[t]
            out[s] = error.pow(2).mean()
        return out

    def dreamed(self, x):
        """A few steps of gradient ascent on the mean square of a randomly chosen layer."""
        layer, rate = random.choice(DREAMED), random.uniform(0.02, 0.08)
        self.student.eval()
        for parameter in self.student.parameters():
            parameter.requires_grad_(False)
        for _ in range(random.choice((1, 2, 3))):
            x = x.detach().requires_grad_(True)
            with self.cast():
                objective = self.student(x, layer)[layer].float().pow(2).mean((1, 2, 3)).sum()
            gradient, = torch.autograd.grad(objective, x)
            x = (x + rate * gradient / (gradient.abs().mean((1, 2, 3), keepdim=True) + 1e-9)).clamp(LOWEST, HIGHEST)
        for parameter in self.student.parameters():
            parameter.requires_grad_(True)
        self.student.train()
        return x.detach()

    @torch.no_grad()
    def held_out(self):
        self.student.eval()
        errors = {s: float(v) for s, v in self.losses(self.probe).items()}
        self.student.train()
        return errors

    def run(self):
        arguments = self.arguments
        trunk = [p for name, layer in self.student.layers.items() if name.replace("|", "/") in self.begun for p in layer.parameters()]
        known = {id(p) for p in trunk}
        fresh = [p for p in [*self.student.parameters(), *self.maps.parameters()] if id(p) not in known]
        groups = [{"params": fresh, "share": 1.0}] + ([{"params": trunk, "share": arguments.trunk_rate}] if trunk else [])
        optimiser = torch.optim.AdamW(groups, lr=arguments.rate, weight_decay=1e-4, betas=(0.9, 0.99))
        checkpoint, step, spent = arguments.out.with_suffix(".pt"), 0, 0.0
        if checkpoint.exists():
            state = torch.load(checkpoint, map_location=self.device)
            self.student.load_state_dict(state["student"])
            self.maps.load_state_dict(state["maps"])
            optimiser.load_state_dict(state["optimiser"])
            step, spent = state["step"], state["spent"]
        begun, said = time.monotonic() - spent, spent
        while (now := time.monotonic() - begun) < 60 * arguments.minutes:
            done = now / 60 / arguments.minutes
            rate = arguments.rate * min(1, (step + 1) / 200) * (0.5 * (1 + math.cos(math.pi * done)) + 0.01)
            for group in optimiser.param_groups:
                # Layers that are trained already wait until the maps to the teacher are meaningful.
                settled = min(1, max(0, done / 0.1 - 1)) if group["share"] < 1 else 1
                group["lr"] = rate * group["share"] * settled
            x = self.pictures.batch(arguments.batch)
            if (arguments.start or done > 0.25) and random.random() < 0.6:
                half = arguments.batch // 2
                x[:half] = self.dreamed(x[:half])
            loss = sum(self.losses(x).values()) / len(TAPS)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.student.parameters(), 5.0)
            optimiser.step()
            step += 1
            if now - said > 30:
                said = now
                torch.save({"student": self.student.state_dict(), "maps": self.maps.state_dict(), "step": step, "spent": now,
                            "optimiser": optimiser.state_dict()}, checkpoint)
                self.say(now, step, float(loss))
        self.say(time.monotonic() - begun, step, float("nan"))
        return step * arguments.batch

    def say(self, seconds, step, loss):
        errors = " ".join(f"{s} {v:.3f}" for s, v in self.held_out().items())
        print(f"{seconds / 60:.1f} min, {step * self.arguments.batch} pictures, error {loss:.3f}, held out: {errors}", flush=True)


def pack(arguments):
    """The scripts, the teacher in half precision to its last layer here, the photographs and the weights to start with."""
    target = pathlib.Path(arguments.pack)
    if target.exists() and any(target.iterdir()):
        sys.exit(f"train_embedded: {target} is not empty; choose another folder")
    (target / "images").mkdir(parents=True)
    for script in ("train_embedded.py", "bench_torch.py"):
        shutil.copy2(pathlib.Path(__file__).parent / script, target)
    for image in sorted(pathlib.Path(arguments.images).glob("*.jpg")):
        shutil.copy2(image, target / "images")
    tensors, metadata = bench_torch.read_safetensors(arguments.teacher)
    beyond = ("mixed_9", "mixed_10", "softmax", "logits")
    tensors = {k: v for k, v in tensors.items() if not k.startswith(beyond)}
    write_safetensors(target / "teacher.safetensors", tensors, metadata)
    if arguments.start:
        shutil.copy2(arguments.start, target / "start.safetensors")
    megabytes = sum(f.stat().st_size for f in target.rglob("*") if f.is_file()) / 1e6
    print(f"{target} holds {megabytes:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--start")
    parser.add_argument("--pack")
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--trunk-rate", type=float, default=0.25)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.pack:
        return pack(arguments)
    if arguments.out is None:
        parser.error("--out or --pack is needed")
    torch.manual_seed(arguments.seed)
    random.seed(arguments.seed)
    training = Training(arguments)
    pictures = training.run()
    student = training.student.eval()
    digest, size = write_safetensors(arguments.out, student.tensors(), {
        "architecture": "googlenet", "lrn": "none", "tensor_layout": "OIHW", "channel_order": "RGB", "input_mean": "128 128 128",
        "input_scale": "0.0078125", "classes": "none: the graph ends at inception_5b", "licence": "Apache-2.0",
        "origin": "trained by this project: GoogLeNet with folded batch norm, distilled from Inception v3 (TensorFlow 2015, Apache-2.0)"})
    print(f"{arguments.out}: {size / 1e6:.1f} MB, sha256 {digest}, {pictures} pictures")
    if size > MOST_BYTES:
        sys.exit(f"train_embedded: {arguments.out} is larger than {MOST_BYTES / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
