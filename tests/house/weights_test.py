"""weights/README.md tells the truth about the file that it describes: its sha256, its metadata's keys, its licence."""
import hashlib
import json
import pathlib
import re
import struct
import unittest

WEIGHTS = pathlib.Path(__file__).resolve().parents[2] / "weights"


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
        with open(WEIGHTS / "googlenet.safetensors", "rb") as file:
            length, = struct.unpack("<Q", file.read(8))
            metadata = json.loads(file.read(length))["__metadata__"]
        for key, value in metadata.items():
            self.assertIn(f"| `{key}` | `{value}`", self.readme)


if __name__ == "__main__":
    unittest.main()
