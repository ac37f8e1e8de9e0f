"""weights/README.md is right about the files that it describes: their sha256 and their metadata. And the small network's metadata
on the channels that it has of the full one, and on substitutes for the others, are complete."""
import hashlib
import json
import pathlib
import re
import struct
import unittest

WEIGHTS = pathlib.Path(__file__).resolve().parents[2] / "weights"


def read_header(name):
    with open(WEIGHTS / name, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length))


class WeightsReadme(unittest.TestCase):
    def setUp(self):
        self.readme = (WEIGHTS / "README.md").read_text(encoding="utf-8")

    def test_every_file_is_described_with_its_hash(self):
        files = sorted(WEIGHTS.glob("*.safetensors"))
        self.assertTrue(files)
        for file in files:
            section = self.readme.split(f"## {file.name}", 1)
            self.assertEqual(2, len(section), f"{file.name} has no section")
            said = re.search(r"sha256[^0-9a-f]*([0-9a-f]{64})", section[1])
            self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), said and said.group(1))

    def test_metadata_is_described(self):
        for key, value in read_header("googlenet.safetensors")["__metadata__"].items():
            self.assertIn(f"| `{key}` | `{value}`", self.readme)
        first, own = self.readme.split("## googlenet_half.safetensors", 1)
        for key, value in read_header("googlenet_half.safetensors")["__metadata__"].items():
            row = f"| `{key}` | "
            said = f"`{value}`" if len(value) < 200 else ""  # lists of numbers are described
            self.assertIn(row + said, own if row in own else first)


class SmallNetwork(unittest.TestCase):
    """Counted from the shapes in both files alone."""

    def setUp(self):
        self.full, self.small = (read_header(f"googlenet{kind}.safetensors") for kind in ("", "_half"))
        self.channels = json.loads(self.small["__metadata__"]["channels"])
        self.substitutes = json.loads(self.small["__metadata__"]["substitutes"])

    def width(self, network, name):
        return network[name + ".bias"]["shape"][0]

    def test_every_convolution_says_what_it_kept(self):
        names = {key.rsplit(".", 1)[0] for key in self.small if key != "__metadata__"}
        self.assertEqual(names, set(self.channels))
        for name, kept in self.channels.items():
            self.assertEqual(self.width(self.small, name), len(kept), name)
            self.assertEqual(kept, sorted(set(kept)), name)
            self.assertLess(kept[-1], self.width(self.full, name), name)

    def test_every_channel_that_is_gone_has_a_substitute(self):
        for name, kept in self.channels.items():
            module, _, branch = name.partition("/")
            branches = ["1x1", "3x3", "5x5", "pool_proj"]
            in_module = module.startswith("inception") and branch in branches
            layer = module if in_module else name
            parts = [f"{module}/{one}" for one in branches] if in_module else [name]
            first = sum(self.width(self.full, part) for part in parts[:parts.index(name)])
            width = sum(self.width(self.small, part) for part in parts)
            for channel in set(range(self.width(self.full, name))) - set(kept):
                shares = self.substitutes[layer][str(first + channel)]
                self.assertTrue(shares and len(shares) % 2 == 0, f"{name}:{channel}")
                self.assertTrue(all(0 <= own < width for own in shares[::2]), f"{name}:{channel}")


if __name__ == "__main__":
    unittest.main()
