#!/usr/bin/env python3
"""Writes a PDF of scanned pages of about the given size: grain that does not compress, one image a page, classic xref.

Usage: big-scan.py OUT.pdf [MEGABYTES]. The same arguments give the same bytes.
"""
import random
import sys
import zlib

WIDTH, HEIGHT = 1240, 1754  # A4 at 150 dpi, grey


def main(argv):
    if len(argv) < 2:
        sys.exit(__doc__)
    target, wanted = argv[1], int(argv[2] if len(argv) > 2 else 52) * 1_000_000
    grain = random.Random(30_2020)
    out = open(target, "wb")
    offsets, position = [], 0

    def write(data):
        nonlocal position
        out.write(data)
        position += len(data)

    def obj(number, body):
        while len(offsets) < number:
            offsets.append(0)
        offsets[number - 1] = position
        write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    obj(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    kids, number = [], 3
    while position < wanted - 1000:
        pixels = grain.randbytes(WIDTH * HEIGHT)
        pixels = zlib.compress(pixels[: max(1000, min(len(pixels), wanted - position))].ljust(WIDTH * HEIGHT, b"\xf4"), 1)
        content = b"q 595.2 0 0 841.9 0 0 cm /Im0 Do Q"
        kids.append(b"%d 0 R" % number)
        obj(number, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.2 841.9] /Resources << /XObject << /Im0 %d 0 R >> >> /Contents %d 0 R >>" % (number + 2, number + 1))
        obj(number + 1, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        obj(number + 2, b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode /Length %d >>\nstream\n" % (WIDTH, HEIGHT, len(pixels)) + pixels + b"\nendstream")
        number += 3
    obj(2, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids)))
    start = position
    write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    write(b"".join(b"%010d 00000 n \n" % o for o in offsets))
    write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start))
    out.close()


if __name__ == "__main__":
    main(sys.argv)
