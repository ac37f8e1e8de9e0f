#!/usr/bin/env python3
"""usage: attack_test.py PROGRAM [--only NAME]: what comes from others may choose what the picture looks like and nothing more (see
.github/SECURITY.md). Playlists that lead elsewhere, pictures and archives that swell, weights and presets that lie, and messages to a
show: each must end in one line, within bounded memory, with nothing read, written or called that was not asked for. Where the means
of an attack are at work at all, its harmless twin is tried beside it. Prints what happened."""
import argparse
import contextlib
import gzip
import http.server
import io
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ui"))
import osc_show  # noqa: E402

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("program", type=pathlib.Path)
ARGUMENTS.add_argument("--only", default="", help="a part of an attack's name")
GIVEN = ARGUMENTS.parse_args()
PROGRAM = str(GIVEN.program.resolve())
HANGS_S = 120
MOST_MB = 800
SMALL = ["--size", "64x48", "--objective", "conv2", "--set", "octaves=1", "--set", "iterations=1", "--device", "cpu", "--threads", "1"]
PLAIN = [*SMALL, "--set", "strength=0", "--codec", "ffv1"]
SECRET = (210, 16, 146)  # Y, U and V that no pattern has
CALLED = []              # paths that the web was asked for


class Web(http.server.BaseHTTPRequestHandler):
    """Serves `pages`: path -> bytes, or an address to go to."""
    pages = {}

    def log_message(self, *_):
        pass

    def do_GET(self):
        CALLED.append(self.path)
        page = self.pages.get(self.path)
        self.send_response(404 if page is None else 302 if isinstance(page, str) else 200)
        if isinstance(page, str):
            self.send_header("Location", page)
        body = page if isinstance(page, bytes) else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever has seen enough hangs up
            self.wfile.write(body)


class Ended:
    """How the program ended in `folder`: code, the lines that it said, and the most memory that it had."""

    def __init__(self, folder, words, stdin=None):
        with open(folder / "said", "w+b") as said, open(stdin or os.devnull, "rb") as given:
            process = subprocess.Popen([PROGRAM, *map(str, words)], cwd=folder, stdin=given, stdout=said, stderr=said,
                                       env={**os.environ, "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"),
                                            "XDG_STATE_HOME": str(folder / "state"), "OMP_WAIT_POLICY": "passive"})
            timer = threading.Timer(HANGS_S, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            self.code, self.most_mb = process.returncode, usage.ru_maxrss / 1024
            said.seek(0)
            self.text = said.read().decode(errors="replace")
        self.lines = [line for line in self.text.splitlines() if line.strip()]


def y4m(frames, width=64, height=48):
    frame = b"FRAME\n" + b"".join(bytes([value]) * count for value, count in
                                  zip(SECRET, (width * height, width * height // 4, width * height // 4)))
    return b"YUV4MPEG2 W%d H%d F25:1 C420jpeg\n" % (width, height) + frames * frame


def shows_the_secret(file):
    """Whether its first picture has the colour of the secret."""
    done = subprocess.run([PROGRAM, "render", str(file), "--codec", "ffv1", "--set", "strength=0", "--duration", "0.04", "-o", "-", *SMALL],
                          capture_output=True, check=False)
    end = done.stdout.find(b"FRAME") + 6
    luma = done.stdout[end:end + 64 * 48]
    return len(luma) > 0 and abs(sum(luma) / len(luma) - SECRET[0]) < 20


def png(width, height, *chunks):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = zlib.compress(b"".join(b"\0" + bytes(3 * min(width, 64)) for _ in range(min(height, 64))))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            b"".join(chunk(*one) for one in chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def recipe_in(picture):
    at = picture.index(b"iTXtReverie\0")
    bytes_in = struct.unpack(">I", picture[at - 4:at])[0]
    return picture[at + 16:at + 4 + bytes_in].decode()


def compressed_zeros(megabytes):
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(shape, offsets, dtype="F32"):
    return {"conv1.weight": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


def tar(*members):
    """(name, bytes), or (name, TarInfo's type, where it leads)."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as file:
        for name, *rest in members:
            info = tarfile.TarInfo(name)
            if len(rest) == 2:
                info.type, info.linkname = rest
                file.addfile(info)
            else:
                info.size = len(rest[0])
                file.addfile(info, io.BytesIO(rest[0]))
    return whole.getvalue()


class Attacks:
    """Each method whose name begins with "on_" yields (what, words of the program, whether it may succeed, more), where `more` may be
    the file that is given to standard input. Files lie in `folder`, the secret in another one."""

    def __init__(self, folder, secret, web):
        self.folder, self.secret, self.web = folder, secret, web

    def put(self, name, data):
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return name

    def serve(self, name, data):
        Web.pages["/" + name] = data.encode() if isinstance(data, str) and not data.startswith("file:") else data
        return f"{self.web}/{name}"

    def render(self, source):
        return ["render", source, *PLAIN, "-o", "out.mkv", "--overwrite"]

    def playlists(self, to):
        yield "m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{to}\n#EXT-X-ENDLIST\n"
        yield "ffconcat", f"ffconcat version 1.0\nfile '{to}'\n"

    def on_playlists(self):
        for ending, text in self.playlists(f"file://{self.secret}"):
            yield f"a {ending} of the web, to a file", self.render(self.serve(f"list.{ending}", text)), False
            yield f"a {ending} of a pipe, to a file", self.render("-"), False, self.put(f"piped.{ending}", text)
        for ending, text in self.playlists(f"{self.web}/leak.mkv"):
            yield f"a {ending} of a file, to the web", self.render(self.put(f"local.{ending}", text)), False
        for ending, text in self.playlists(f"concat:{self.web}/any.ts|file://{self.secret}"):
            yield f"a {ending} of the web, to a file behind another", self.render(self.serve(f"both.{ending}", text)), False
        yield "an address that redirects to a file", self.render(self.serve("moved.mkv", f"file://{self.secret}")), False
        yield "a description that asks for a port", self.render(self.put(
            "session.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
            "a=rtpmap:96 H264/90000\n")), False
        yield "a manifest (DASH) of a file, to the web", self.render(self.put(
            "film.mpd", '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">'
            f'<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{self.web}/leak.mp4</BaseURL>'
            "</Representation></AdaptationSet></Period></MPD>")), False
        for ending, text in self.playlists(self.secret.name):
            yield f"harmless: a {ending} beside the film", self.render(self.secret.parent / self.beside(f"beside.{ending}", text)), True

    def beside(self, name, text):
        (self.secret.parent / name).write_text(text, encoding="utf-8")
        return name

    def on_pictures(self):
        yield "a PNG of 60000x60000", ["still", self.put("huge.png", png(60000, 60000)), "-o", "a.png", *SMALL], False
        yield "a PPM of 2 billion pixels a line", ["still", self.put("wide.ppm", "P6\n2000000000 9\n255\n"), "-o", "a.png", *SMALL], False
        yield "a y4m of 2 billion pixels a line", self.render(self.put("wide.y4m", b"YUV4MPEG2 W2000000000 H2000000000 F25:1\nFRAME\n")), False
        packed = b"Reverie\0\1\0\0\0" + compressed_zeros(600)
        words = ["--like", self.put("words.png", png(64, 64, (b"iTXt", packed))), *SMALL]
        yield "a recipe that swells to 600 MB", ["still", "pattern:clouds", "-o", "a.png", "--overwrite", *words], False
        yield "the same, to be shown", ["show", "words.png"], False
        yield "a name with control characters", self.render("a\x1b[2J\nb.mkv"), False

    def on_weights(self):
        for what, data in {
            "a header of 9 EB": safetensors({}, length=(1 << 63) - 1),
            "a header of a million brackets": safetensors(b"[" * 1_000_000),
            "a header of nested objects": safetensors(b'{"a":' * 200_000),
            "a tensor of 2^64 numbers": safetensors(tensor([1 << 32, 1 << 32], [0, 4]), bytes(4)),
            "a tensor behind the end": safetensors(tensor([64, 3, 7, 7], [1 << 40, (1 << 40) + 37632])),
            "a tensor that ends before it begins": safetensors(tensor([1], [8, 4]), bytes(8)),
            "a negative shape": safetensors(tensor([-1, -4], [0, 16]), bytes(16)),
        }.items():
            yield what, ["weights", "import", self.put("lies.safetensors", data), "-o", "net.safetensors"], False
        yield "a message (protobuf) in 100000 messages", ["weights", "import", self.put(
            "deep.caffemodel", b"\xa2\x06\xff\xff\xff\x7f" * 100_000), "-o", "net.safetensors"], False

    def on_archives(self):
        net = safetensors(tensor([1], [0, 4]), bytes(4))
        up = "../" * 3 + "escaped.safetensors"
        for what, data in {
            "an archive whose file lies above it": tar((up, net)),
            "an archive with a whole path": tar((str(self.folder.parent / "escaped.safetensors"), net)),
            "an archive with a link to a file": tar(("net.safetensors", tarfile.SYMTYPE, str(self.secret))),
            "an archive with a hard link": tar(("net.safetensors", tarfile.LNKTYPE, str(self.secret))),
            "an archive with a device": tar(("net.safetensors", tarfile.CHRTYPE, "")),
            "an archive of 20000 files": tar(*((f"{i}", b"") for i in range(20_000))),
            "an archive that ends in a file": gzip.compress(gzip.decompress(tar(("net.safetensors", bytes(99_999))))[:5000]),
        }.items():
            yield what, ["weights", "import", self.put("a.tgz", data), "-o", "net.safetensors"], False

    def on_looks(self):
        still = ["still", "pattern:clouds", "-o", "a.png", "--overwrite", "--size", "64x48", "--device", "cpu"]
        os.mkfifo(self.folder / "fifo.png")
        self.put("words.txt", "words")
        for what, text in {
            "of a million brackets": "a = " + "[" * 1_000_000,
            "whose mask has no end": '[params]\nobjective = "conv2@/dev/zero"',
            "whose mask is a pipe": '[params]\nobjective = "conv2@./fifo.png"',
            "whose mask is no picture": '[params]\nobjective = "conv2@words.txt"',
            "whose mask has a long name": f'[params]\nobjective = "conv2@{"a" * 100_000}.png"',
            "with a number beyond numbers": "[params]\nstrength = 1e999",
            "with a key of a megabyte": f'{"k" * 1_000_000} = 1',
            "with a value of a megabyte": f'[params]\nobjective = "{"k" * 1_000_000}"',
        }.items():
            yield f"a preset {what}", [*still, "--preset", self.put("look.toml", text)], False
        yield "a preset without an end", [*still, "--preset", "/dev/zero"], False
        yield "a score without an end", ["render", "pattern:clouds", "--duration", "0.1", *PLAIN, "-o", "a.mkv", "--score", "/dev/zero"], False
        yield "a take without an end", ["render", "--take", "/dev/zero", "-o", "a.mkv"], False
        yield "a list of shots without an end", ["render", "pattern:clouds", "--duration", "0.1", *PLAIN, "-o", "a.mkv", "--shot-list", "/dev/zero"], False
        yield "a film without an end", self.render("/dev/zero"), False
        escape = str(self.folder.parent / "escaped.png")
        subprocess.run([PROGRAM, *still], cwd=self.folder, check=True, capture_output=True)
        own = recipe_in((self.folder / "a.png").read_bytes())
        hostile = re.sub(r"(?m)^command = .*$", f"command = 'reverie render /etc/passwd -o {escape}'", own)
        hostile = re.sub(r"(?m)^look = .*$", f"look = '--set step=2 -o {escape}'", hostile)
        like = self.put("like.png", png(64, 48, (b"iTXt", b"Reverie\0\0\0\0\0" + hostile.encode())))
        yield "a recipe with an output of its own", [*still, "--like", like], True
        yield "the same, to be shown", ["show", like], True


def snapshot(folder):
    return {path for path in folder.rglob("*") if not path.is_relative_to(folder / "here")}


def judge(ended, may_succeed):
    """What is wrong with how the program ended; "": nothing."""
    if ended.code < 0:
        return f"ended by {signal.Signals(-ended.code).name}"
    if ended.most_mb > MOST_MB:
        return f"took {ended.most_mb:.0f} MB"
    if any(ord(c) < 32 and c not in "\n\r\t" for c in ended.text):
        return "said control characters"
    if ended.code == 0:
        return "" if may_succeed else "it went through"
    if ended.code not in (1, 2) or not ended.lines or not ended.lines[-1].startswith("reverie: ") or len(ended.lines[-1]) > 2100:
        return f"code {ended.code}, said {ended.text[-300:]!r}"
    return "" if len(ended.lines) <= 3 else f"said {len(ended.lines)} lines"


def attack_files(work, web):
    """Returns how many attacks did more than they may."""
    here, there = work / "here", work / "there"
    here.mkdir()
    there.mkdir()
    (there / "secret.y4m").write_bytes(y4m(5))
    subprocess.run([PROGRAM, "render", str(there / "secret.y4m"), *PLAIN, "-o", str(there / "secret.mkv")], check=True, capture_output=True)
    if not shows_the_secret(there / "secret.mkv"):
        sys.exit("attack_test: the secret is not seen where it may be")
    attacks, wrong = Attacks(here, there / "secret.mkv", web), 0
    for make in (attacks.on_playlists, attacks.on_pictures, attacks.on_weights, attacks.on_archives, attacks.on_looks):
        for what, words, may_succeed, *stdin in make():
            if GIVEN.only not in what:
                continue
            before = snapshot(work)
            CALLED.clear()
            ended = Ended(here, words, here / stdin[0] if stdin else None)
            found = judge(ended, may_succeed)
            out = here / "out.mkv"
            if what.startswith("harmless"):
                found = found or ("" if out.exists() and shows_the_secret(out) else "and yet it does not work")
            elif out.exists() and shows_the_secret(out):
                found = "the secret was shown"
            if any("leak" in path for path in CALLED):
                found = "the web was called"
            if news := snapshot(work) - before:
                found = f"there is {', '.join(map(str, news))}"
            out.unlink(missing_ok=True)
            last = ended.lines[-1].replace(str(work), "…") if ended.lines else "nothing"
            print(f"{what:48} {ended.most_mb:4.0f} MB  {found.upper() + '   ' if found else ''}{last[:150]}", flush=True)
            wrong += bool(found)
    return wrong


def listening(pid):
    """(address, port) of each socket of a process that takes what others send: hexadecimal, as /proc has them."""
    inodes = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(entry)))
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in pathlib.Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            unconnected = fields[2].split(":")[1] == "0000"
            if fields[9] in inodes and unconnected and int(port, 16) != 0:
                found.append((address, int(port, 16)))
    return found


def hostile_packets():
    nested = osc_show.message("/reverie/strength", 0.5)
    for _ in range(1500):
        nested = osc_show.bundle([nested])
        if len(nested) > 60_000:
            break
    yield "a bundle in 1500 bundles", nested
    head = b"#bundle\0" + struct.pack(">q", 1)
    for size in (0, -1, -4, 3, 0x7FFFFFFC):
        yield f"a bundle's element of {size} bytes", head + struct.pack(">i", size) + bytes(8)
    yield "an address without an end", b"/" * 60_000
    yield "types without arguments", b"/reverie/strength\0\0\0,ffffffffiiiiiissssbbbb\0\0"
    yield "a blob of -1 bytes", osc_show.padded(b"/reverie/strength") + osc_show.padded(b",b") + struct.pack(">i", -1)
    yield "a text without an end", osc_show.padded(b"/reverie/objective") + osc_show.padded(b",s") + b"c" * 60_000
    for number in (float("nan"), float("inf"), -float("inf"), 1e38):
        yield f"a strength of {number}", osc_show.message("/reverie/strength", number)
    for path in ("/etc/passwd", "http://127.0.0.1:1/x", "file:///etc/passwd", "concat:/etc/passwd", "../../etc/passwd", "camera:0"):
        yield f"the source {path}", osc_show.message("/reverie/source", path)
    for path in ("/tmp/x", "../x", "a/b", "rtmp://127.0.0.1/x", "x\0y", ""):
        yield f"a recording {path!r}", osc_show.message("/reverie/record", True, path)
    for text in ("conv2@/etc/passwd.png", "conv2@/dev/zero", "conv2@1-../x.png", "9" * 60_000, "(" * 60_000):
        yield f"the objective {text[:30]}", osc_show.message("/reverie/objective", text)
    yield "a layer at a file", osc_show.message("/reverie/layer/conv2@/dev/zero", 1.0)
    for name in ("preset", "score", "crossfade/ends", "network"):
        yield f"{name} of a path", osc_show.message(f"/reverie/{name}", "../../etc/passwd", "/etc/passwd")


def attack_show():
    """Messages to a show; returns how many things were not as they must be."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        quiet = subprocess.Popen([PROGRAM, "live", "pattern:inkblot", "--headless", "--installation", "--fresh", "--health", "health", *SMALL],
                                 cwd=folder, env={**os.environ, "XDG_STATE_HOME": folder, "OMP_WAIT_POLICY": "passive"}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            while quiet.poll() is None and not (pathlib.Path(folder) / "health").exists():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    quiet.wait(0.1)
            if sockets := listening(quiet.pid):
                wrong.append(f"a show that was asked for nothing listens at {sockets}")
        finally:
            quiet.kill()
            quiet.wait()
    show = osc_show.Show(PROGRAM)
    if [port for address, port in listening(show.process.pid) if address not in ("0100007F",)]:
        wrong.append(f"a show listens at {listening(show.process.pid)}")
    show.send("/reverie/strength", 0.75)
    begun_with = (show.ask("/reverie/objective"), show.ask("/reverie/source"))
    sent = 0
    for what, packet in hostile_packets():
        show.asking.sendto(packet, ("127.0.0.1", show.port))
        sent += 1
        strength = show.ask("/reverie/strength", patience=HANGS_S)[0]
        if not 0 <= strength <= 10:
            wrong.append(f"after {what}, strength is {strength}")
    if (show.ask("/reverie/objective"), show.ask("/reverie/source")) != begun_with:
        wrong.append(f"objective and source are {show.ask('/reverie/objective')}, {show.ask('/reverie/source')}")
    files = os.listdir(show.folder)
    report, said = show.end()
    counted = report["surfaces"]["osc"]["unusable"]
    if files:
        wrong.append(f"there are files: {files}")
    if any(ord(c) < 32 and c not in "\n\r" for c in said):
        wrong.append("control characters were said")
    print(f"{sent} hostile messages: the show goes on, {counted} refused and counted, {len(said.splitlines())} lines said", flush=True)
    for line in wrong:
        print(f"attack_test: {line}", file=sys.stderr)
    return len(wrong)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        wrong = attack_files(pathlib.Path(name), f"http://127.0.0.1:{server.server_port}")
    wrong += 0 if GIVEN.only else attack_show()
    sys.exit(1 if wrong else 0)


main()
