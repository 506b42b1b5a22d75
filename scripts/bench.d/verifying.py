"""The cases of scripts/bench about verifying: revisions, many files with trust and CRLs, a folder of ten thousand."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import testkit

# A folder of files is judged with the memory of one file: this much more at ten times the files is still flat.
FLAT_MB = 4

# Rust engines that check trust and reach users as Python packages; one process each, the folder and the root given.
# Neither reads CRLs from files.
ENGINES = {
    "pdfsigner": """
import pathlib, sys, pdfsigner
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    report = pdfsigner.verify_pdf_report(str(path), roots=sys.argv[2])
    if not (report["all_valid"] and report["all_trusted"] and report["document_intact"]):
        sys.exit(f"{path} is refused")
""",
    "pyunderskrift": """
import pathlib, sys, pyunderskrift
stores = pyunderskrift.TrustStoreSet()
stores.set_sig_store(pyunderskrift.TrustStore.from_pem_file(sys.argv[2]))
verifier = pyunderskrift.SignatureVerifier(stores)
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if not verifier.verify_pdf(path.read_bytes()).all_valid():
        sys.exit(f"{path} is refused")
""",
}


def engines(pythons, folder, root):
    """name → command; `pythons` has the interpreter of each engine that is at hand."""
    return {
        f"Rust engine {name}": [pythons[name], "-c", driver, str(folder), str(root)] if name in pythons else None
        for name, driver in ENGINES.items()
    }


def five_revisions(tools):
    """A small file signed five times, one signature a revision: (what it is, name → command)."""
    signed = tools.folder / "five.pdf"
    shutil.copy(tools.pdf["small"], signed)
    for _ in range(5):
        following = tools.folder / "five.next.pdf"
        testkit.run(*tools.congvan_sign([signed], following))
        following.replace(signed)
    cases = {
        "congvan": tools.congvan_verify(signed),
        "pdfsig": tools.pdfsig(signed),
        "pyHanko": tools.pyhanko_verify(signed),
        "floor: SHA-256 of the file": ["openssl", "dgst", "-sha256", str(signed)],
    }
    return f"five signatures in five revisions ({signed.stat().st_size / 1e6:.2f} MB)", cases


def distinct_files(tools, count):
    """A folder of `count` files that differ (each says another time of creation), signed by us in one process."""
    original = tools.pdf["small"].read_bytes()
    stamp = b"(D:20260305070000"
    if original.count(stamp) != 1:
        sys.exit("the small PDF has another date of creation than the bench expects")
    unsigned, signed = tools.folder / "many", tools.folder / "many.signed"
    for folder in (unsigned, signed):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    for number in range(count):
        time = f"{number // 3600:02}{number // 60 % 60:02}{number % 60:02}".encode()
        (unsigned / f"{number:05}.pdf").write_bytes(original.replace(stamp, stamp[:-6] + time))
    testkit.run(*tools.congvan_sign(sorted(unsigned.iterdir()), signed))
    shutil.rmtree(unsigned)
    return signed


def folder_of_many(tools, count, rounds, once, peak):
    """Rates of `verify` over one folder and of the bare work on the same files, in turn; and the memory it takes."""
    signed = distinct_files(tools, count)
    pki = tools.pki
    floor = [*floor_command(), signed, *(pki.path(name) for name in ("root.pem", "issuing.pem", "leader.pem", "root.crl", "issuing.crl"))]
    ours, bare, alone, values = [], [], [], 0
    once(tools.congvan_verify(signed))  # warms the page cache
    for _ in range(rounds):
        wall, _, _, status = once(tools.congvan_verify(signed))
        if status != 0:
            sys.exit(f"verify of {count} files: exit {status}")
        ours.append(wall)
        found = json.loads(testkit.run(*floor)[1].splitlines()[-1])
        bare.append(found["seconds"])
        alone.append(found["seconds_alone"])
        values = found["values_alone"]
    middle, least, single = (statistics.median(times) for times in (ours, bare, alone))
    print(f"\nverify {count} files in one folder ({found['bytes'] / count / 1e3:.0f} kB each, all different), {rounds} rounds")
    print(f"  congvan, whole process                       {middle:7.3f} s {count / middle:9.0f} files/s")
    for what, seconds in ((f"every byte hashed, {values} values a file", single), ("every byte hashed, 1 value a file", least)):
        print(f"  floor: {what:37} {seconds:7.3f} s {count / seconds:9.0f} files/s   congvan at {seconds / middle:.2f} of it")
    few = tools.folder / "few.signed"
    shutil.rmtree(few, ignore_errors=True)
    few.mkdir()
    for path in sorted(signed.iterdir())[: count // 10]:
        os.link(path, few / path.name)
    small, large = (peak(tools.congvan_verify(folder))[0] for folder in (few, signed))
    verdict = "flat" if large <= small + FLAT_MB else "NOT FLAT"
    print(f"  peak memory: {small:.1f} MB at {count // 10} files, {large:.1f} MB at {count}: {verdict}")
    shutil.rmtree(signed)
    shutil.rmtree(few)


def floor_command():
    """The bare work (benches/verify.rs): CONGVAN_FLOOR, or built here."""
    ready = os.environ.get("CONGVAN_FLOOR")
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    return [ready] if ready else ["cargo", "bench", "--quiet", "--locked", "--manifest-path", root / "Cargo.toml", "--bench", "verify", "--"]


def budget_mb(path):
    """Memory that verifying one file may take, in MB: 16, and 32 bytes for each cross-reference entry."""
    entries = path.read_bytes().count(b" obj")
    return (16 * (1 << 20) + 32 * entries) / 1e6
