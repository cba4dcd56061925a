#!/usr/bin/env python3
"""Slow and half-open clients by the thousand, in a process of their own: what the broker must bear.

usage: slow_clients.py PORT SOURCE_ADDRESS SCHEME KIND=COUNT...

KIND: connect  opens a connection and says nothing
      hello    sends half of a TLS hello
      head     sends the head of a request, a byte a second
      body     sends the head, 200 kB of a body of 1 MB, then a byte a second
SCHEME: http or https; `connect` and `hello` are the same in both.

Prints `open N` when all are there, then trickles until standard input ends.
"""
import resource
import select
import socket
import ssl
import sys

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)
HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 200_000


def main():
    port, source, scheme = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    trust_nobody = ssl.create_default_context()
    trust_nobody.check_hostname = False
    trust_nobody.verify_mode = ssl.CERT_NONE
    clients = []
    for wish in sys.argv[4:]:
        kind, count = wish.split("=")
        for _ in range(int(count)):
            client = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
            try:
                if kind == "hello":
                    client.sendall(HELLO)
                elif kind != "connect":
                    if scheme == "https":
                        client = trust_nobody.wrap_socket(client)
                    client.sendall(HEAD if kind == "head" else BODY)
            except OSError:
                pass  # refused while we were sending: its end shows later
            clients.append((client, kind in ("head", "body")))
    print(f"open {len(clients)}", flush=True)
    while not select.select([sys.stdin], [], [], 1)[0]:
        for client, trickles in clients:
            if trickles:
                try:
                    client.settimeout(0)
                    client.send(b"x")
                except OSError:
                    pass


main()
