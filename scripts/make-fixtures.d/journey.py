#!/usr/bin/env python3
"""Draws fixtures/readme/journey.png: one document's journey beside its page as the receiver sees it.

Usage: journey.py RECEIVED.pdf, decision.pdf after `sign --as leader`, `--as seal` and `--as incoming`; poppler renders it.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "fixtures", "readme", "journey.png")
CONVERT = shutil.which("convert-im6.q16") or shutil.which("convert") or "convert"
SANS = "Liberation-Sans"
STEPS = [
    ("sign --as leader", "Ký số của lãnh đạo", "blue hand signature between position and name; number and date stay open"),
    ("sign --as seal", "Ký số của cơ quan", "red seal in actual size over its left third; number and date filled in"),
    ("pack", "Đóng gói edXML", "a QCVN 102:2016 package with the document and its own metadata"),
    ("push", "Gửi qua máy chủ liên thông", "signed envelope over mutual TLS; a retry gets the same receipt"),
    ("pull", "Tiếp nhận, xác nhận", "hand-over acknowledged by signature; sign --as incoming sets the ĐẾN stamp"),
    ("audit chain", "Kiểm tra, lưu vết", "who signed what, in which order, and when it was handed over"),
]


def run(*argv):
    subprocess.run([CONVERT, *map(str, argv)], check=True)


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        page = os.path.join(work, "page")
        subprocess.run(["pdftoppm", "-r", "100", "-f", "1", "-l", "1", "-singlefile", "-png", argv[1], page], check=True)
        page += ".png"
        width, height, left, top = 1640, 1230, 60, 30
        draw = ["-size", "%dx%d" % (width, height), "xc:#f2f4f7", "-fill", "#c9ced6", "-draw",
                "roundrectangle %d,%d %d,%d 3,3" % (left + 5, top + 6, left + 832, top + 1175),
                page, "-geometry", "+%d+%d" % (left, top), "-composite"]
        x, y, step = 1000, 96, 186
        draw += ["-stroke", "#8894a6", "-strokewidth", 3, "-draw", "line %d,%d %d,%d" % (x, y, x, y + step * (len(STEPS) - 1)), "-stroke", "none"]
        for number, (verb, vietnamese, english) in enumerate(STEPS, 1):
            at = y + step * (number - 1)
            colour = {1: "#1b3f9e", 2: "#d0101c"}.get(number, "#34495e")
            draw += ["-fill", colour, "-draw", "circle %d,%d %d,%d" % (x, at, x + 30, at),
                     "-fill", "white", "-font", SANS + "-Bold", "-pointsize", 30, "-annotate", "+%d+%d" % (x - 8, at + 10), str(number),
                     "-fill", "#17202a", "-font", "Liberation-Mono-Bold", "-pointsize", 27, "-annotate", "+%d+%d" % (x + 58, at - 8), "congvan " + verb,
                     "-fill", colour, "-font", SANS + "-Bold", "-pointsize", 23, "-annotate", "+%d+%d" % (x + 58, at + 26), vietnamese]
            words, line, lines = english.split(), "", []
            for word in words:
                if len(line) + len(word) > 46:
                    lines.append(line)
                    line = ""
                line = (line + " " + word).strip()
            lines.append(line)
            for row, text in enumerate(lines):
                draw += ["-fill", "#4d5866", "-font", SANS, "-pointsize", 21, "-annotate", "+%d+%d" % (x + 58, at + 58 + 27 * row), text]
        run(*draw, "-resize", "1400x", "+dither", "-colors", "64", "-strip", "-define", "png:compression-level=9", "-define", "png:compression-filter=0",
            "-define", "png:exclude-chunks=date,time", "PNG8:" + OUT)
    print("%8d  %s" % (os.path.getsize(OUT), os.path.relpath(OUT, ROOT)))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
