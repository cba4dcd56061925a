#!/usr/bin/env python3
"""Stands before the embedded broker and damages one message on its way: in replies of ReceiveMessage the MD5 sum of a body
that holds a given text is wrong. Prints its address and goes on until it is killed.

usage: damaging_proxy.py ENDPOINT_OF_BROKER TEXT
"""
import http.client
import http.server
import re
import sys
import urllib.parse

BROKER = urllib.parse.urlsplit(sys.argv[1]).netloc
TEXT = sys.argv[2].encode()


def damaged(reply):
    """Each message of a Query reply stands in an element of its own."""
    def message(found):
        whole = found.group(0)
        return re.sub(rb"(<MD5OfBody>)[0-9a-f]{32}", rb"\g<1>" + b"0" * 32, whole) if TEXT in whole else whole
    return re.sub(rb"<Message>.*?</Message>", message, reply, flags=re.DOTALL)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        broker = http.client.HTTPConnection(BROKER, timeout=60)
        broker.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():  # Host too: it is signed
            broker.putheader(name, value)
        broker.endheaders(body)
        reply = broker.getresponse()
        content = damaged(reply.read())
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.headers.get("Content-Type", "text/xml"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        broker.close()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
