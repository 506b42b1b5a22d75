#!/usr/bin/env python3
"""Makes fixtures/documents/*.pdf from fixtures/documents/src with LibreOffice, qpdf and ImageMagick.

Each source is the body of a flat ODF text; lines `@row a | b | …` and `@ROW a | b | …` are table rows and head rows.
Dates and identifiers are pinned afterwards, so a second run on the same versions gives the same bytes.
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "fixtures", "documents")
SRC = os.path.join(OUT, "src")
STAMPS = os.path.join(ROOT, "fixtures", "stamps")
PINNED = "D:20260305070000+07'00'"
TITLES = {
    "decision": "Quyết định ban hành Quy chế gửi, nhận và xử lý văn bản điện tử",
    "letter": "Công văn về việc rà soát chứng thư số",
    "letter-annex": "Phụ lục kèm theo Công văn về việc rà soát chứng thư số",
    "report": "Báo cáo kết quả gửi, nhận văn bản điện tử năm 2025",
}
CONVERT = shutil.which("convert-im6.q16") or shutil.which("convert") or "convert"


def run(*argv, **kw):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, **kw).stdout


def rows(body):
    def row(match):
        head = match.group(1) == "ROW"
        cells = [c.strip() for c in match.group(2).split("|")]
        out = []
        for i, cell in enumerate(cells):
            style = "CellHead" if head else "CellMid" if i == 0 else ("Cell" if i == 1 or not re.match(r"^[\d.,]+$", cell) else "CellNumber")
            out.append('<table:table-cell table:style-name="Boxed"><text:p text:style-name="%s">%s</text:p></table:table-cell>' % (style, cell))
        return '<table:table-row table:style-name="Row">%s</table:table-row>' % "".join(out)
    return re.sub(r"^@(row|ROW) (.*)$", row, body, flags=re.M)


def flat_odf(name):
    with open(os.path.join(SRC, "styles.xml"), encoding="utf-8") as f:
        frame = f.read()
    with open(os.path.join(SRC, name + ".xml"), encoding="utf-8") as f:
        body = f.read()
    return frame.replace("@TITLE@", TITLES[name]).replace("@BODY@", rows(body))


def office(name, work):
    source = os.path.join(work, name + ".fodt")
    with open(source, "w", encoding="utf-8") as f:
        f.write(flat_odf(name))
    options = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"0"},"UseTaggedPDF":{"type":"boolean","value":"false"},"ExportBookmarks":{"type":"boolean","value":"false"}}'
    run("soffice", "--headless", "-env:UserInstallation=file://" + os.path.join(work, "profile"),
        "--convert-to", options, "--outdir", work, source)
    return os.path.join(work, name + ".pdf")


def pin(data, name):
    """Pins dates, /ID and the document checksum; every replacement has the length of what it replaces."""
    def date(match):
        text = match.group(0)
        return PINNED.encode()[: len(text)].ljust(len(text), b"'")
    data = re.sub(rb"D:20\d{12}(?:[+\-Z]\d\d'\d\d'?)?", date, data)
    ident = hashlib.sha256(name.encode()).hexdigest()[:32].upper().encode()
    data = re.sub(rb"/ID \[ <[0-9A-F]{32}>(\s+)<[0-9A-F]{32}> \]", lambda m: b"/ID [ <" + ident + b">" + m.group(1) + b"<" + ident + b"> ]", data)
    data = re.sub(rb"/DocChecksum /[0-9A-F]{32}", lambda m: b"/DocChecksum /" + b"0" * 32, data)
    return data


def publish(work, pdf, name, *options):
    """Rewrites `pdf` with qpdf: deterministic /ID, given cross-reference form."""
    with open(pdf, "rb") as f:
        data = pin(f.read(), name)
    pinned = os.path.join(work, "pinned.pdf")
    with open(pinned, "wb") as f:
        f.write(data)
    target = os.path.join(OUT, name + ".pdf")
    run("qpdf", "--deterministic-id", "--compress-streams=y", *options, pinned, target)
    run("qpdf", "--check", target)
    print("%8d  %s" % (os.path.getsize(target), os.path.relpath(target, ROOT)))


def image_pdf(jpegs, dpi, title):
    """A PDF 1.4 whose pages are one JPEG each, actual size."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Title <%s> /CreationDate (%s) >>" % (
        ("\ufeff" + title).encode("utf-16-be").hex().encode(), PINNED.encode())]
    kids = []
    for data, width, height in jpegs:
        w, h = width * 72 / dpi, height * 72 / dpi
        content = b"q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q" % (w, h)
        first = len(objects) + 1
        kids.append(b"%d 0 R" % first)
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.3f %.3f] /Resources << /XObject << /Im0 %d 0 R >> >> /Contents %d 0 R >>" % (w, h, first + 2, first + 1))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream" % (width, height, len(data), data))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    ident = hashlib.sha256(bytes(out)).hexdigest()[:32].encode()
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, ident, ident, start)
    return bytes(out)


def scan(pdf, work, dpi=200, quality=24):
    """Prints and scans `pdf`: slight skew, paper tint, grain, JPEG in colour; the last page was signed and sealed in ink."""
    run("pdftoppm", "-r", str(dpi), "-png", pdf, os.path.join(work, "page"))
    pages = sorted(f for f in os.listdir(work) if re.match(r"page-\d+\.png$", f))
    width, height = round(210 / 25.4 * dpi), round(297 / 25.4 * dpi)
    out = []
    for number, page in enumerate(pages):
        source, target = os.path.join(work, page), os.path.join(work, "scan-%02d.jpg" % number)
        skew = [0.35, -0.25, 0.2, -0.4, 0.3, -0.15, 0.25, -0.3, 0.4, -0.2][number % 10]
        ink = []
        if number == len(pages) - 1 and os.path.exists(os.path.join(STAMPS, "seal.png")):
            mm = dpi / 25.4
            x, y = SIGNED_AT
            for picture, across, left, top in (("signature.png", 46, x - 23, y), ("seal.png", 36, x - 23 + 46 / 3 - 36, y - 8.5)):
                ink += ["(", os.path.join(STAMPS, picture), "-resize", "%d" % round(across * mm), ")", "-geometry",
                        "+%d+%d" % (round(left * mm), round(top * mm)), "-compose", "multiply", "-composite"]
        run(CONVERT, source, "-alpha", "off", *ink, "-compose", "over", "-background", "#fbfaf4", "-rotate", str(skew),
            "-gravity", "center", "-crop", "%dx%d+0+0" % (width, height), "+repage", "-extent", "%dx%d" % (width, height),
            "-fill", "#f7f4e6", "-colorize", "4", "-attenuate", "0.03", "-blur", "0x0.5", "-colorspace", "sRGB",
            "-type", "TrueColor", "-sampling-factor", "4:2:0", "-quality", str(quality), "-interlace", "none", "-strip", target)
        with open(target, "rb") as f:
            out.append((f.read(), width, height))
    return out


# Where the ink signature of the report's last page begins: horizontal middle and top, mm.
SIGNED_AT = (146.5, 95.0)


def main():
    with tempfile.TemporaryDirectory() as work:
        for name in ("decision", "letter", "letter-annex"):
            pdf = office(name, work)
            publish(work, pdf, name, "--object-streams=disable")
            if name != "letter-annex":
                publish(work, pdf, name + "-xref-stream", "--object-streams=generate", "--min-version=1.5")
        printed = office("report", work)
        data = image_pdf(scan(printed, work), 200, TITLES["report"])
        target = os.path.join(OUT, "report-scan.pdf")
        with open(target, "wb") as f:
            f.write(data)
        run("qpdf", "--check", target)
        print("%8d  %s" % (len(data), os.path.relpath(target, ROOT)))


if __name__ == "__main__":
    sys.exit(main())
