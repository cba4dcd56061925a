#!/usr/bin/env python3
"""The commands for people on a pseudo-terminal, against the embedded broker: what stands on the screen is compared with
the transcripts in tests/program/transcripts, after ids, times and ports were replaced by words.

usage: terminal.py PATH_OF_SLUICE [--update]     --update writes the transcripts instead
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request

SLUICE = os.path.realpath(sys.argv[1])
UPDATE = "--update" in sys.argv[2:]
TRANSCRIPTS = pathlib.Path(__file__).resolve().parent / "transcripts"
COLUMNS, LINES = 110, 40
PATIENCE = 120  # seconds: for a machine that is busy with others

passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}\n{detail}")


def environment(endpoint):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept.pop("NO_COLOR", None)
    kept.update(AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_REGION="us-east-1",
                AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_ENDPOINT_URL=endpoint,
                TERM="xterm-256color", LC_ALL="C.UTF-8")
    return kept


class Broker:
    def __init__(self, folder):
        self.errors = open(os.path.join(folder, "broker.err"), "wb")
        self.process = subprocess.Popen([SLUICE, "local", "--port", "0", "--output", "json"], stdout=subprocess.PIPE,
                                        stderr=self.errors)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint_url"]

    def admin(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.endpoint}/_sluice/{path}", method=method, data=data)
        return json.loads(urllib.request.urlopen(request, timeout=30).read() or b"{}")

    def ledger(self):
        return self.admin("GET", "ledger")["queues"]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.errors.close()


class Terminal:
    """A program on a terminal of its own, which it is controlled by: Ctrl-C typed here is a SIGINT there."""

    def __init__(self, arguments, env, hangup=signal.SIG_DFL):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

        def take_terminal():
            signal.signal(signal.SIGHUP, hangup)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it for what it runs in the background
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([SLUICE, *arguments], stdin=slave, stdout=slave, stderr=slave, env=env,
                                        preexec_fn=take_terminal, close_fds=True)
        os.close(slave)
        self.screen = b""

    def read(self, until):
        """Until `until` is on the screen, or with None the program has ended."""
        end = time.monotonic() + PATIENCE
        while until is None or until not in self.screen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                self.process.kill()
                raise RuntimeError(f"{until!r} did not come within {PATIENCE} s; there is:\n{self.screen.decode()}")
            try:
                more = os.read(self.master, 65536)
            except OSError:  # EIO: the other side is closed
                more = b""
            if not more:
                if until is None:
                    return
                raise RuntimeError(f"the program ended before {until!r}:\n{self.screen.decode()}")
            self.screen += more

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        self.read(None)
        os.close(self.master)
        return self.process.wait()


def plain(command, env, **options):
    """Without a terminal; must go well."""
    return subprocess.run([SLUICE, *command], env=env, check=True, capture_output=True, timeout=PATIENCE, **options).stdout


def as_seen(raw):
    """What stands on the screen in the end, without colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", raw.decode())
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        for part in line.split("\r"):  # a bar is written over, and taken away
            shown = part.replace("\x1b[K", "")
        lines.append(shown)
    return "\n".join(lines).rstrip("\n") + "\n"


def normalised(text):
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "MESSAGE-ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
    text = re.sub(r"(sluice-temporary-[a-z]+-)[0-9a-f]{16}", r"\1RANDOM", text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:4566", text)


class Transcript:
    """Commands and what came of them, one after the other."""

    def __init__(self, name, env):
        self.name, self.env, self.text, self.raw = name, env, "", b""

    def run(self, command, *dialogue, status=0):
        """`dialogue`: pairs of a text that is waited for, and what to do then: a text to type, or a function."""
        shown = " ".join(f"'{word}'" if re.search(r"[^\w.:/=-]", word) else word for word in command)
        terminal = Terminal(command, self.env)
        for until, act in dialogue:
            terminal.read(until)
            if callable(act):
                act()
            else:
                terminal.type(act)
        ended = terminal.end()
        if self.text:
            self.text += "\n"
        self.text += f"$ sluice {shown}\n" + normalised(as_seen(terminal.screen))
        self.raw += terminal.screen
        check(f"{self.name}: exit status of sluice {shown} is {ended}, not {status}", ended == status, self.text)

    def compare(self):
        file = TRANSCRIPTS / f"{self.name}.txt"
        if UPDATE:
            TRANSCRIPTS.mkdir(exist_ok=True)
            file.write_text(self.text, encoding="utf-8")
            return
        wanted = file.read_text(encoding="utf-8") if file.exists() else ""
        check(f"{self.name}: the screen is as in {file.name} (terminal.py --update writes it)", self.text == wanted,
              f"there is:\n{self.text}")
        odd = re.findall(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\x1b(?!\[[0-9;]*[mKHJ])", self.raw)
        check(f"{self.name}: no control characters but colours and the bar", not odd, repr(odd))


CHAIN = {"topic": {"name": "orders"},
         "queues": [{"name": "billing", "dead_letter_queue": "billing-dlq", "max_receive_count": 3},
                    {"name": "billing-dlq", "subscribe": False},
                    {"name": "shipping", "filter_policy": {"country": ["DE"]}}]}


def fill(env):
    plain(["chain", "apply", "-"], env, input=json.dumps(CHAIN).encode())
    plain(["write", "billing", "--attribute", "country=DE"], env, input=b'{"order":1}\n{"order":2}\n')
    plain(["write", "billing-dlq", "--attribute", "country=DE"], env, input=b'{"order":3,"express":true}\n{"order":4}\n')
    plain(["write", "billing-dlq", "--attribute", "country=FR"], env, input=b'{"order":5}\n')


def stats(env, _broker):
    fill(env)
    seen = Transcript("stats", env)
    seen.run(["stats", "billing", "billing-dlq"])
    seen.run(["stats", "arn:aws:sns:us-east-1:000000000000:orders"])
    check("stats: the dead letters are coloured", b"\x1b[31m3\x1b[0m" in seen.raw, repr(seen.raw))
    seen.compare()
    watched = Terminal(["stats", "billing", "--watch", "1"], env)
    watched.read(b"billing")
    watched.screen = b""
    watched.read(b"\x1b[H\x1b[2J")  # the second time takes the place of the first
    watched.type(b"\x03")
    check("stats --watch: Ctrl-C ends it", watched.end() == -signal.SIGINT, "")
    told = Terminal(["stats", "billing", "no-such-queue", "--watch", "1"], env)
    told.read(b"sluice: no-such-queue: ")
    check("stats --watch: what it could not read is told after the screen was cleared",
          b"\x1b[2J" in told.screen.split(b"sluice: no-such-queue: ")[0], repr(told.screen))
    told.type(b"\x03")
    told.end()
    colourless = Terminal(["stats", "billing"], {**env, "NO_COLOR": "1"})
    colourless.end()
    check("stats: NO_COLOR is honoured", b"\x1b" not in colourless.screen, repr(colourless.screen))


def peek(env, broker):
    plain(["chain", "watched", "events"], env)
    plain(["write", "events", "--attribute", "kind=greeting"], env, input="hello\n".encode())
    seen = Transcript("peek", env)
    seen.run(["peek", "events"])
    seen.run(["peek", "events", "--output", "json", "--color", "never"])
    ledger = broker.ledger()["events"]
    check("peek: nothing is gone or hidden", (ledger["visible"], ledger["in_flight"]) == (1, 0), str(ledger))
    seen.text = re.sub(r'("(?:Sent|ApproximateFirstReceive)Timestamp":")\d+', r"\1MILLISECONDS", seen.text)
    seen.compare()
    # A message that would give orders to the terminal: C1 controls are allowed in messages, ESC is not.
    plain(["write", "events"], env, input="\u009b2Jcleared\u202egpj.exe\n".encode())
    hostile = Terminal(["peek", "events", "--max", "10"], env)
    hostile.end()
    text = hostile.screen.decode()
    check("peek: control characters do not reach the terminal",
          "\\u{009b}2Jcleared\\u{202e}gpj.exe" in text and "\u009b" not in text and "\u202e" not in text, repr(text))
    hostile = Terminal(["peek", "events", "--max", "10", "--output", "json"], env)
    hostile.end()
    check("peek: nor as JSON", "\\u009b2Jcleared\\u202e" in hostile.screen.decode(), repr(hostile.screen))
    hostile = Terminal(["read", "events", "--count", "2"], env)
    hostile.end()
    check("read: nor by read", "\\u{009b}2Jcleared" in hostile.screen.decode(), repr(hostile.screen))


def purge(env, broker):
    plain(["chain", "purged", "old-events"], env)
    plain(["write", "old-events"], env, input=b"1\n2\n3\n")
    seen = Transcript("purge", env)
    seen.run(["purge", "old-events"], (b"name to go on: ", b"y\n"), status=1)
    check("purge: y is not the name", broker.ledger()["old-events"]["visible"] == 3, "")
    seen.run(["purge", "old-events"], (b"name to go on: ", b"old-events\n"))
    check("purge: the queue is empty", broker.ledger()["old-events"]["purged"] == 3, "")
    seen.run(["purge", "old-events", "--yes"], status=1)
    seen.compare()


def redrive(env, broker):
    fill(env)
    seen = Transcript("redrive", env)
    seen.run(["redrive", "billing-dlq", "--filter", "country=DE", "--filter", "body~express", "--dry-run"])
    before = broker.ledger()
    check("redrive: a dry run moves nothing", before["billing-dlq"]["visible"] == 3, str(before))
    seen.run(["redrive", "billing-dlq", "--filter", "country=DE", "--filter", "body~express"])
    seen.run(["redrive", "billing-dlq"])
    after = broker.ledger()
    check("redrive: all is moved", after["billing-dlq"]["visible"] + after["billing-dlq"]["in_flight"] == 0 and
          after["billing"]["entered"] - before["billing"]["entered"] == 3, str(after))
    seen.compare()


def tail(env, broker):
    plain(["chain", "news", "archive"], env)
    topic = "arn:aws:sns:us-east-1:000000000000:news"
    seen = Transcript("tail", env)

    def publish():
        plain(["write", topic, "--attribute", "country=DE"], env, input=b'{"order":1}\n')
        plain(["write", topic, "--attribute", "country=FR"], env, input=b'{"order":2}\n')
        plain(["write", topic, "--attribute", "country=DE"], env, input=b'{"order":3}\n')

    seen.run(["tail", "news", "--filter-policy", '{"country":["DE"]}'], (b"until interrupted", publish),
             (b'{"order":3}\r\n', b"\x03"))
    left = [name for name in broker.ledger() if name.startswith("sluice-temporary-")]
    check("tail: nothing is left", not left, str(left))
    seen.compare()


def gone(env, broker):
    """A terminal that is not there any more, under nohup: what could not be shown is not deleted."""
    plain(["chain", "lost", "gone"], env)
    plain(["write", "gone"], env, input=(("x" * 100 + "\n") * 5000).encode())
    reader = Terminal(["read", "gone", "--follow"], env, hangup=signal.SIG_IGN)
    reader.read(b"x" * 100)
    os.close(reader.master)
    status = reader.process.wait(PATIENCE)
    ledger = broker.ledger()["gone"]
    check("read: a terminal that went away is a failure", status == 1, str(status))
    check("read: and what it did not show is there", ledger["deleted"] < 2500 and
          ledger["deleted"] + ledger["visible"] + ledger["in_flight"] == 5000, str(ledger))


def typed(env, broker):
    """Lines that are typed; the terminal is as it was, also for others who have it open."""
    plain(["chain", "hand", "typed"], env)
    seen = Terminal(["write", "typed"], env)
    seen.type(b"one\ntwo\n\x04")  # and the end of the input
    seen.read(b"2 accepted, 0 failed")
    check("write: exit status at a terminal", seen.end() == 0, repr(seen.screen))
    check("write: lines from a terminal", broker.ledger()["typed"]["visible"] == 2, "")
    master, slave = pty.openpty()
    writer = subprocess.Popen([SLUICE, "write", "typed"], stdin=slave, stderr=subprocess.PIPE, env=env)
    os.write(master, b"three\n")
    end = time.monotonic() + PATIENCE
    while broker.ledger()["typed"]["visible"] < 3 and time.monotonic() < end:
        time.sleep(0.05)
    check("write: whoever shares its terminal can still block",
          fcntl.fcntl(slave, fcntl.F_GETFL) & os.O_NONBLOCK == 0, "")
    writer.terminate()
    said = writer.communicate(timeout=PATIENCE)[1]
    check("write: interrupted at a terminal", writer.returncode == 1 and b"interrupted after line 1" in said, repr(said))
    os.close(slave)
    os.close(master)


def broken_input(env, broker):
    """An input that breaks after some lines: these have their receipts."""
    plain(["chain", "half", "broken"], env)
    master, slave = pty.openpty()
    os.write(slave, b"".join(b"%d\n" % number for number in range(100)))
    os.close(slave)  # whoever reads the master gets the lines, then EIO
    ended = subprocess.run([SLUICE, "write", "broken", "--receipts"], stdin=master, env=env, capture_output=True,
                           timeout=PATIENCE)
    os.close(master)
    check("write: an input that breaks is a failure", ended.returncode == 1 and b"cannot read the input" in ended.stderr,
          repr(ended.stderr))
    check("write: what was read has its receipts", len(ended.stdout.splitlines()) == 100 and
          b"100 accepted, 0 failed" in ended.stderr, repr(ended))


def main():
    for scenario in (stats, peek, purge, redrive, tail, gone, typed, broken_input):
        with tempfile.TemporaryDirectory() as folder:
            broker = Broker(folder)
            try:
                scenario(environment(broker.endpoint), broker)
            except (RuntimeError, subprocess.SubprocessError, KeyError) as why:
                check(f"{scenario.__name__}: {why}", False, getattr(why, "stderr", b"") or "")
            finally:
                broker.stop()
    print(f"counts: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
