#!/usr/bin/env python3
"""Draws fixtures/stamps/*.png with ImageMagick: a hand signature in blue ink and a round seal in red, transparent ground.

Both carry pHYs, so that a reader knows their actual size: the seal measures 36 mm across, the signature 46 mm.
The seal is of no agency: it says TEST / THỬ NGHIỆM.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "fixtures", "stamps")
FONTS = "/usr/share/fonts/truetype/liberation2/"
CONVERT = shutil.which("convert-im6.q16") or shutil.which("convert") or "convert"
DPI = 300
OVER = 4  # drawn four times as large, then reduced: smooth edges


def run(*argv):
    subprocess.run([CONVERT, *map(str, argv)], check=True)


def finish(picture, width_mm, colours, target):
    pixels = round(width_mm / 25.4 * DPI)
    run(picture, "-resize", "%dx" % pixels, "-colors", colours, "-units", "PixelsPerInch", "-density", DPI,
        "-define", "png:exclude-chunks=all", "-define", "png:include-chunks=tRNS,pHYs,PLTE",
        "-define", "png:compression-level=9", "-define", "png:compression-filter=0", target)
    print("%8d  %s" % (os.path.getsize(target), os.path.relpath(target, ROOT)))


def signature(work):
    """One stroke in five swings and a flourish, 46 × 17 mm."""
    path = ("M 60,330 C 150,120 260,20 285,70 C 310,130 180,420 120,430 C 80,430 150,300 260,270 C 350,245 330,330 300,350 "
            "C 270,372 300,280 360,272 C 420,268 380,360 410,352 C 440,340 450,282 478,276 C 500,272 470,350 500,348 "
            "C 540,340 560,230 640,120 C 660,92 690,110 660,170 C 620,260 560,380 590,372 C 640,350 700,270 740,268 "
            "C 770,268 740,346 770,346 C 820,338 840,268 880,266 C 910,266 880,340 905,342 C 960,340 1010,250 1090,210 "
            "C 1150,180 1180,210 1120,260 C 980,372 420,400 250,470")
    raw = os.path.join(work, "signature.png")
    run("-size", "1220x500", "xc:none", "-fill", "none", "-stroke", "#1b3f9e", "-strokewidth", 11,
        "-draw", "stroke-linecap round stroke-linejoin round path '%s'" % path,
        "-strokewidth", 7, "-draw", "stroke-linecap round path 'M 690,420 C 800,396 930,392 1010,400'", raw)
    finish(raw, 46, 32, os.path.join(OUT, "signature.png"))


def seal(work):
    """Round, 36 mm across: two rims, a ring of text above and below, a star, TEST."""
    side = round(36 / 25.4 * DPI) * OVER
    red, c = "#d0101c", side / 2
    mm = side / 36
    ring = []
    for text, angle, rotate, size in (("TỈNH SƠN HẢI - CHỈ DÙNG ĐỂ KIỂM THỬ", 232, 0, 2.9), ("★ THỬ NGHIỆM ★", 96, 180, 3.0)):
        name = os.path.join(work, "ring%d.png" % len(ring))
        inner, outer = (12.6, 15.6)
        top, bottom = (outer, inner) if rotate == 0 else (inner, outer)
        strip = os.path.join(work, "strip.png")
        run("-background", "none", "-fill", red, "-font", "Liberation-Serif-Bold" if "★" not in text else "DejaVu-Sans-Bold", "-pointsize", round(size * mm),
            "label:" + text, "-trim", "+repage", "-resize", "%dx%d!" % (round(angle / 360 * 2 * 3.14159 * 14 * mm), round(3.0 * mm)), strip)
        arc = ["-virtual-pixel", "transparent"]
        if rotate:
            arc += ["-rotate", 180]
        arc += ["-distort", "Arc", "%d %d %d %d" % (angle, rotate, round(15.6 * mm), round(12.6 * mm)), "+repage"]
        run(strip, *arc, name)
        ring.append((name, rotate))
    raw = os.path.join(work, "seal.png")
    star = []
    from math import cos, pi, sin
    for k in range(10):
        r = (4.2 if k % 2 == 0 else 1.65) * mm
        star.append("%d,%d" % (c + r * sin(k * pi / 5), c - 3.6 * mm - r * cos(k * pi / 5)))
    run("-size", "%dx%d" % (side, side), "xc:none", "-fill", "none", "-stroke", red, "-strokewidth", round(0.75 * mm),
        "-draw", "circle %d,%d %d,%d" % (c, c, c, c - 17.5 * mm), "-strokewidth", round(0.3 * mm),
        "-draw", "circle %d,%d %d,%d" % (c, c, c, c - 16.6 * mm), "-draw", "circle %d,%d %d,%d" % (c, c, c, c - 11.9 * mm),
        "-stroke", "none", "-fill", red, "-draw", "polygon " + " ".join(star),
        "-font", "Liberation-Serif-Bold", "-gravity", "center", "-pointsize", round(6.2 * mm), "-annotate", "+0+%d" % round(5.2 * mm), "TEST", raw)
    for name, rotate in ring:
        run(raw, name, "-gravity", "north" if rotate == 0 else "south", "-geometry", "+0+%d" % round(2.4 * mm), "-composite", raw)
    finish(raw, 36, 32, os.path.join(OUT, "seal.png"))


def main():
    os.makedirs(OUT, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        signature(work)
        seal(work)


if __name__ == "__main__":
    sys.exit(main())
