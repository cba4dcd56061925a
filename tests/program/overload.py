#!/usr/bin/env python3
"""Ten thousand slow clients from other processes, heads of 1 MB and bodies of 100 MB against `sluice local`.

usage: overload.py PATH_OF_SLUICE http|https

The broker's memory stays bounded, and another client is served meanwhile. Fails with what does not hold.
"""
import json
import os
import pathlib
import resource
import select
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse

WANTED = 10_000
PROCESSES = 4
# The broker bounds the bytes of unfinished requests (256 MiB); a connection costs some KB beside.
MOST_MEGABYTES = 256 + WANTED * 32 // 1024
SLOWEST_ANSWER = 15.0
HERE = pathlib.Path(__file__).parent


def memory(pid, field):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field + ":"))) // 1024


class http_client:
    """As little of HTTP as it takes."""

    def __init__(self, port, trust):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if trust:
            self.socket = trust.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")

    def read(self):
        status = self.file.readline()
        length = 0
        while (line := self.file.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return int(status.split()[1]) if status else 0, self.file.read(length)

    def call(self, **parameters):
        body = urllib.parse.urlencode({"Version": "2012-11-05", **parameters}).encode()
        self.socket.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        status, reply = self.read()
        assert status == 200, (status, reply)
        return reply.decode()


def round_trip(client, number):
    """A message sent, received and deleted by a client that is in nobody's way."""
    queue = {"QueueUrl": "http://h/000000000000/q"}
    client.call(Action="SendMessage", MessageBody=f"message {number}", **queue)
    reply = client.call(Action="ReceiveMessage", **queue)
    assert f"<Body>message {number}</Body>" in reply, reply
    handle = reply.split("<ReceiptHandle>")[1].split("</ReceiptHandle>")[0]
    client.call(Action="DeleteMessage", ReceiptHandle=handle, **queue)


def large_head(port, trust):
    client = http_client(port, trust)
    try:
        client.socket.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nX-Large: " + b"x" * (1 << 20) + b"\r\n\r\n")
    except OSError as failure:
        return f"cut while sending: {failure}"
    return client.read()[0]


def large_body(port, trust, chunked):
    client = http_client(port, trust)
    megabyte = b"x" * (1 << 20)
    how = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 104857600"
    try:
        client.socket.sendall(b"POST / HTTP/1.1\r\nHost: h\r\n" + how + b"\r\n\r\n")
        for _ in range(100):
            client.socket.sendall(b"100000\r\n" + megabyte + b"\r\n" if chunked else megabyte)
    except OSError as failure:
        return f"cut while sending: {failure}"
    return client.read()[0]


def main():
    sluice, scheme = sys.argv[1], sys.argv[2]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    connections = min(WANTED, hard - 300) // PROCESSES * PROCESSES
    shortened = "" if connections == WANTED else f" (no more: the limit of open files is {hard})"
    options = ["--tls"] if scheme == "https" else []
    broker = subprocess.Popen([sluice, "local", "--port", "0", "--no-verify", "--output", "json", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    swarms = []
    try:
        started = json.loads(broker.stdout.readline())
        assert started["endpoint_url"].startswith(scheme + "://"), started
        port = int(started["endpoint_url"].rsplit(":", 1)[1])
        trust = ssl.create_default_context(cafile=started["ca_bundle"]) if scheme == "https" else None
        other = http_client(port, trust)
        other.call(Action="CreateQueue", QueueName="q")
        round_trip(other, 0)
        before = memory(broker.pid, "VmRSS")
        own = descriptors(broker.pid)

        each = connections // PROCESSES
        if scheme == "http":
            kinds = {"connect": each * 2 // 5, "head": each * 3 // 10}
            kinds["body"] = each - sum(kinds.values())
        else:  # a handshake costs a millisecond of the client's: most do not get so far, and have 10 s for it
            kinds = {"head": 150, "body": 150, "connect": each * 2 // 5}
            kinds["hello"] = each - sum(kinds.values())
        for number in range(PROCESSES):
            swarms.append(subprocess.Popen(
                [sys.executable, str(HERE / "slow_clients.py"), str(port), f"127.0.0.{number + 2}", scheme,
                 *(f"{kind}={count}" for kind, count in kinds.items())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        # Served from the first of them on until all are there, and for as long as the rest below takes.
        served, slowest, refusals, opened, most, waits_for_more = 0, 0.0, {}, None, 0, True
        tasks = [lambda: large_head(port, trust)] * 10
        tasks += [lambda: large_body(port, trust, False), lambda: large_body(port, trust, True)] * 2
        while waits_for_more or tasks:
            begin = time.monotonic()
            served += 1
            round_trip(other, served)
            slowest = max(slowest, time.monotonic() - begin)
            if opened is None:
                if all(ready(swarm) for swarm in swarms):
                    opened = sum(int(swarm.stdout.readline().split()[1]) for swarm in swarms)
                    all_accepted_by = time.monotonic() + 10
            elif tasks:
                status = tasks.pop()()
                refusals[status] = refusals.get(status, 0) + 1
            most = max(most, descriptors(broker.pid) - own)
            waits_for_more = opened is None or (most < opened and time.monotonic() < all_accepted_by)
        newcomer = http_client(port, trust)
        round_trip(newcomer, -1)
        peak = memory(broker.pid, "VmHWM")
        print(f"overload: {scheme}: {opened} slow clients{shortened} from {PROCESSES} processes "
              f"({', '.join(f'{kind} {count * PROCESSES}' for kind, count in kinds.items())}), {most} connections at once; "
              f"memory of the broker {before} MB before, {peak} MB at most; meanwhile {served} messages of another client, "
              f"the slowest {slowest * 1000:.0f} ms; 10 heads of 1 MB and 4 bodies of 100 MB: {refusals}")
        assert opened == connections, f"only {opened} of {connections} could connect"
        assert refusals == {431: 10, 413: 4}, refusals
        assert peak <= MOST_MEGABYTES, f"{peak} MB, more than {MOST_MEGABYTES}"
        assert slowest <= SLOWEST_ANSWER, f"another client waited for {slowest} s"
        assert broker.poll() is None, "the broker is gone"
        for swarm in swarms:
            swarm.kill()
        deadline = time.monotonic() + 60
        while descriptors(broker.pid) > own + 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert descriptors(broker.pid) <= own + 1, f"{descriptors(broker.pid) - own} descriptors are left over"
        round_trip(newcomer, -2)
    finally:
        for process in [*swarms, broker]:
            process.kill()
            process.wait()


def ready(swarm):
    return bool(select.select([swarm.stdout], [], [], 0)[0])


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


main()
