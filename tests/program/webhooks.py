#!/usr/bin/env python3
"""Webhooks by others' means: an endpoint of Python's http.server, signatures verified by the command openssl.

usage: webhooks.py PATH_OF_SLUICE
"""
import base64
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

PATIENCE = 60
SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

passed = failed = 0


def check(what, good, seen=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}: {seen}", flush=True)


class Endpoint:
    """Keeps what it is sent; answers with `statuses`, then with 200."""

    def __init__(self, certificate=None):
        self.got = queue.Queue()
        self.statuses = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                outer.got.put((dict(self.headers), body))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.got.get(timeout=PATIENCE)


class Broker:
    def __init__(self, sluice, *options):
        self.process = subprocess.Popen([sluice, "local", "--port", "0", "--no-verify", "--output", "json", *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint_url"]

    def call(self, action, **parameters):
        form = {"Action": action, "Version": "2010-03-31" if action in SNS else "2012-11-05", **parameters}
        return fetch(self.endpoint + "/", urllib.parse.urlencode(form).encode())

    def advance(self, seconds):
        fetch(self.endpoint + "/_sluice/advance", json.dumps({"seconds": seconds}).encode())

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


SNS = ("CreateTopic", "Subscribe", "Publish", "SetTopicAttributes", "Unsubscribe", "ListSubscriptions")


def fetch(url, data=None):
    """Status and text."""
    try:
        with urllib.request.urlopen(url, data, timeout=PATIENCE) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def element(reply, name):
    found = [one.text for one in xml.etree.ElementTree.fromstring(reply[1]).iter() if one.tag.endswith("}" + name)]
    return found[0] if found else ""


def verified(folder, body, digest):
    """Whether openssl says so, with the certificate that the message names."""
    message = json.loads(body)
    text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if name in message)
    status, pem = fetch(message["SigningCertURL"])
    if status != 200:
        return f"the certificate: {status} {pem}"
    for name, content in (("pem", pem.encode()), ("text", text.encode()),
                          ("signature", base64.b64decode(message["Signature"]))):
        (folder / name).write_bytes(content)
    key = subprocess.run(["openssl", "x509", "-in", folder / "pem", "-pubkey", "-noout"], capture_output=True, check=True)
    (folder / "key").write_bytes(key.stdout)
    asked = subprocess.run(["openssl", "dgst", f"-{digest}", "-verify", folder / "key", "-signature",
                            folder / "signature", folder / "text"], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def whole_life(sluice, folder):
    """Subscribed, confirmed, notified, tried again, raw, ended by its link and taken back."""
    broker = Broker(sluice)
    hook = Endpoint()
    topic = element(broker.call("CreateTopic", Name="orders"), "TopicArn")
    made = broker.call("Subscribe", TopicArn=topic, Protocol="http", Endpoint=hook.url)
    check("it waits for its confirmation", element(made, "SubscriptionArn") == "pending confirmation", made)
    headers, body = hook.next()
    check("SubscriptionConfirmation", headers["x-amz-sns-message-type"] == "SubscriptionConfirmation", headers)
    check("openssl verifies the confirmation", verified(folder, body, "sha1") == "Verified OK", body)
    status, answer = fetch(json.loads(body)["SubscribeURL"])
    check("the SubscribeURL confirms", status == 200 and "ConfirmSubscriptionResult" in answer, answer)
    arn = element((status, answer), "SubscriptionArn")

    broker.call("Publish", TopicArn=topic, Message="caf\u00e9 \"1\"\n", Subject="Hello")
    headers, body = hook.next()
    check("a notification", headers["x-amz-sns-subscription-arn"] == arn, headers)
    check("its text", json.loads(body)["Message"] == "caf\u00e9 \"1\"\n", body)
    check("openssl verifies version 1", verified(folder, body, "sha1") == "Verified OK", body)
    check("and not as version 2", verified(folder, body, "sha256") != "Verified OK", body)
    broker.call("SetTopicAttributes", TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    broker.call("Publish", TopicArn=topic, Message="two")
    _, body = hook.next()
    check("openssl verifies version 2", verified(folder, body, "sha256") == "Verified OK", body)
    check("a certificate that is not there", fetch(broker.endpoint + "/SimpleNotificationService-0.pem")[0] >= 400)

    hook.statuses = [503, 429]
    broker.call("Publish", TopicArn=topic, Message="again")
    first = hook.next()
    retried = []
    while len(retried) < 2:
        # The broker's clock moves, once it has heard of the failure: until then there is nothing to retry.
        broker.advance(20)
        try:
            retried.append(hook.got.get(timeout=0.2))
        except queue.Empty:
            pass
    check("the same message twice more", [one[1] for one in retried] == [first[1]] * 2, retried)

    broker.call("CreateQueue", QueueName="q", **{
        "Attribute.1.Name": "Policy",
        "Attribute.1.Value": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*",
                                                        "Resource": "*"}]})})
    broker.call("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=topic.replace(":sns:", ":sqs:").replace("orders", "q"))
    broker.call("Publish", TopicArn=topic, Message="for both")
    hook.next()
    received = broker.call("ReceiveMessage", QueueUrl=broker.endpoint + "/000000000000/q")
    check("openssl verifies the envelope in a queue", verified(folder, element(received, "Body"), "sha256") == "Verified OK",
          received)

    status, _ = fetch(json.loads(body)["UnsubscribeURL"])
    headers, body = hook.next()
    check("the UnsubscribeURL ends it", status == 200 and headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation",
          headers)
    check("openssl verifies the farewell", verified(folder, body, "sha256") == "Verified OK", body)
    check("it is gone", arn not in broker.call("ListSubscriptions")[1])
    fetch(json.loads(body)["SubscribeURL"])
    check("and taken back", arn in broker.call("ListSubscriptions")[1])
    check("the broker ends well", broker.stop() in (0, -15))


def with_own_ca(sluice, folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "tls.key", "-out",
                    folder / "tls.pem", "-days", "2", "-subj", "/CN=hook", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    broker = Broker(sluice, "--endpoint-ca", str(folder / "tls.pem"))
    hook = Endpoint((folder / "tls.pem", folder / "tls.key"))
    topic = element(broker.call("CreateTopic", Name="orders"), "TopicArn")
    broker.call("Subscribe", TopicArn=topic, Protocol="https", Endpoint=hook.url)
    headers, body = hook.next()
    check("an https endpoint with a CA of its own", headers["x-amz-sns-message-type"] == "SubscriptionConfirmation", headers)
    check("openssl verifies what came there", verified(folder, body, "sha1") == "Verified OK", body)
    broker.stop()
    missing = subprocess.run([sluice, "local", "--port", "0", "--endpoint-ca", "/no/such/file"], capture_output=True,
                             text=True, timeout=PATIENCE, check=False)
    check("a CA file that is not there", missing.returncode == 2 and "/no/such/file" in missing.stderr, missing)


def unsigned(sluice):
    broker = Broker(sluice, "--no-signing")
    hook = Endpoint()
    topic = element(broker.call("CreateTopic", Name="orders"), "TopicArn")
    broker.call("Subscribe", TopicArn=topic, Protocol="http", Endpoint=hook.url)
    _, body = hook.next()
    check("--no-signing signs nothing", not re.search("Sign", body), body)
    broker.stop()


def main():
    if not shutil.which("openssl"):
        print("skipped: webhooks, as the command openssl is not installed")
        print("counts: 0 passed, 0 failed, 1 skipped")
        return 0
    sluice = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        whole_life(sluice, folder)
        with_own_ca(sluice, folder)
        unsigned(sluice)
    print(f"counts: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
