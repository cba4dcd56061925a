"""Instructions of the client for each message, counted by callgrind, and whether they have grown.

usage: instructions.py PROGRAM [--check | --update]

A message has 200 B and ten share a request. Counts hardly depend on what else the machine does. So that they do not depend
on its processor either, OpenSSL and the C library get the plainest code: hashes are dearer here than they are.
--check compares with baseline.json, with a tolerance of 5 %, over sockets of 10 %; --update writes it, for changes that are meant.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BASELINE = pathlib.Path(__file__).with_name("baseline.json")
TOLERANCE = {"count_writer_http": 0.10}  # sockets: how much comes at once depends on who else runs; the others 5 %
PARTS = {
    "count_check": "check: size, characters, attributes",
    "count_encode": "encode, once for the message: form and MD5 sum",
    "count_batch": "batch: its share of the request's body, each time it is sent",
    "count_sign": "sign: its share of the signature",
    "count_decode": "decode: its share of the reply to a batch, MD5 sums compared",
    "count_receive": "receive: its share of the reply to a poll, MD5 sum computed",
    "count_channel": "channel: co_await push, batches of ten, results handed out",
    "count_writer": "writer.write, whole, to a transport that answers from memory",
    "count_writer_http": "writer.write, whole, over HTTP to a service in another process",
}
PLAIN = {"OPENSSL_ia32cap": "0", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-ERMS,-FSRM,-BMI1,-BMI2"}


def count(program, part):
    with tempfile.NamedTemporaryFile("r") as log:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no",
                               f"--toggle-collect={part}", f"--log-file={log.name}", program, part],
                              capture_output=True, text=True, env={**os.environ, **PLAIN}, check=False)
        said = log.read()
    collected = re.search(r"Collected : (\d+)", said)
    if done.returncode or not collected or not int(collected[1]):
        raise SystemExit(f"{part}: {done.stderr}{said}")
    return int(collected[1]) // int(done.stdout)


def main():
    program, *mode = sys.argv[1:]
    if mode not in ([], ["--check"], ["--update"]):
        raise SystemExit(__doc__)
    before = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    seen, grown = {}, 0
    print("instructions of the client for a message:")
    for part, title in PARTS.items():
        seen[part] = count(program, part)
        wanted, tolerance = before.get(part), TOLERANCE.get(part, 0.05)
        note = "" if wanted is None else f"  {100 * (seen[part] / wanted - 1):+.1f} %"
        print(f"  {title:<64} {seen[part]:8}{note}", flush=True)
        if mode == ["--check"] and (wanted is None or seen[part] > wanted * (1 + tolerance)):
            grown += 1
            print(f"FAILED: {part} takes {seen[part]} instructions, and {wanted} when baseline.json was written")
        if mode == ["--check"] and wanted is not None and seen[part] < wanted * (1 - tolerance):
            print(f"{part} takes fewer than baseline.json says: {pathlib.Path(__file__).name} --update keeps it so")
    if mode == ["--update"]:
        BASELINE.write_text(json.dumps(seen, indent=1) + "\n", encoding="utf-8")
    if mode == ["--check"]:
        print(f"counts: {len(PARTS) - grown} passed, {grown} failed, 0 skipped")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
