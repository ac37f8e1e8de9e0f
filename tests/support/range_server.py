#!/usr/bin/env python3
"""Serves a folder over HTTP, correctly or with one of the faults that a download must handle. For tests.

usage: range_server.py FOLDER LOG

Prints its port, then answers until it is killed. The first part of a path says how: ranged/ and cut/ know ranges and ETags,
plain/ neither; cut/ ends each connection after 10,000 bytes; dead/ ends the first one after 10,000 bytes and sends nothing
from then on; changed/ has another ETag each time; moved/ redirects to ranged/. LOG gets a line for each answer: the path,
its status and the first byte sent.
"""
import http.server
import pathlib
import sys

FOLDER, LOG = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
LONGEST = 10_000


class Handler(http.server.BaseHTTPRequestHandler):
    answers = {}   # by way

    def log_message(self, *_):
        pass

    def note(self, status, first):
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(f"{self.path} {status} {first}\n")

    def do_GET(self):
        _, way, name = self.path.split("/", 2)
        count = Handler.answers[way] = Handler.answers.get(way, 0) + 1
        file = FOLDER / name
        if not file.is_file():
            self.note(404, 0)
            return self.send_error(404)
        if way == "moved":
            self.note(302, 0)
            self.send_response(302)
            self.send_header("Location", f"/ranged/{name}")
            return self.end_headers()
        data = file.read_bytes()
        etag = f'"{count if way == "changed" else len(data)}"'
        first = 0
        wanted = self.headers.get("Range")
        if wanted and way != "plain" and self.headers.get("If-Range", etag) == etag:
            first = int(wanted.removeprefix("bytes=").split("-")[0])
        if wanted and first >= len(data):
            self.note(416, 0)
            return self.send_error(416)
        status = 206 if first else 200
        self.note(status, first)
        self.send_response(status)
        if way != "plain":
            self.send_header("ETag", etag)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        end = len(data)
        if way in ("cut", "dead", "changed"):
            end = first + LONGEST
        if way == "changed" and count > 1:
            end = len(data)
        if way == "dead" and count > 1:
            end = first
        self.wfile.write(data[first:end])


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
