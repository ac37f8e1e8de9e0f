"""usage: linkage_test.py PROGRAM…: no program may need a vendor's library, directly or through another library."""
import re
import subprocess
import sys

VENDOR = re.compile(r"^\s*(lib(cuda|cudart|cudnn|nvrtc|dnnl|reverie)[\w.]*\.so\S*)", re.MULTILINE)

failed = False
for program in sys.argv[1:]:
    needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for match in VENDOR.finditer(needed):
        failed = True
        print(f"{program} needs {match.group(1)}: vendors belong in the modules that are loaded at run time")
sys.exit(1 if failed or len(sys.argv) < 2 else 0)
