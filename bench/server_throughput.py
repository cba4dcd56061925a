"""Requests that a server answers for each second of its own CPU time: SendMessageBatch of ten messages, posted by wrk.

usage: server_throughput.py [--seconds S] [--body BYTES] [--protocol json|query] NAME=PID,URL... nginx=PID,URL,canned

Each server gets the same signed request, made by botocore, over and over on eight connections that stay open. Each
round has a queue of its own, so that memory does not grow. The CPU time is that of the process and of its children. The server
marked `canned` answers with as many bytes as the first one did, whatever it is asked.

wrk and the server share a core: on two of them each reply wakes the other core when wrk has nothing else to do, which on a
virtual machine costs the sender as much as all of nginx's work, and hits only servers that are slower than wrk.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import botocore.session

CONNECTIONS = 8
TICKS = os.sysconf("SC_CLK_TCK")
CORE = max(os.sched_getaffinity(0))


def client_of(url, protocol):
    session = botocore.session.get_session()
    session.set_config_variable("region", "us-east-1")
    session.set_credentials("test", "test")
    client = session.create_client("sqs", endpoint_url=url)
    if protocol == "query":
        # What botocore spoke until 2023, and what Debian's AWS CLI speaks: the same request as a form.
        client.meta.events.register("before-sign.sqs.SendMessageBatch", as_form)
    return client


def as_form(request, **_):
    if isinstance(request.data, bytes) and request.data.startswith(b"{"):
        asked = json.loads(request.data)
        fields = {"Action": "SendMessageBatch", "Version": "2012-11-05", "QueueUrl": asked["QueueUrl"]}
        for number, entry in enumerate(asked["Entries"], 1):
            for name, value in entry.items():
                fields[f"SendMessageBatchRequestEntry.{number}.{name}"] = value
        request.data = fields
        del request.headers["X-Amz-Target"]
        request.headers.replace_header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


class seen_request:
    """The request as it goes out, and the reply's size."""

    def __init__(self, client):
        self.headers, self.body, self.path, self.reply_bytes = {}, b"", "/", 0
        client.meta.events.register("before-send.sqs.SendMessageBatch", self.keep)
        client.meta.events.register("after-call.sqs.SendMessageBatch", self.measure)

    def keep(self, request, **_):
        self.headers = {name: as_text(value) for name, value in request.headers.items()}
        self.body = request.body if isinstance(request.body, bytes) else request.body.encode()
        self.path = re.sub(r"^https?://[^/]+", "", request.url) or "/"

    def measure(self, http_response, **_):
        self.reply_bytes = len(http_response.content)


def as_text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def lua_string(data):
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


def script_for(request, folder):
    lines = ['wrk.method = "POST"', f"wrk.path = {lua_string(request.path.encode())}", f"wrk.body = {lua_string(request.body)}"]
    for name, value in request.headers.items():
        if name.lower() not in ("content-length", "connection"):
            lines.append(f"wrk.headers[{lua_string(name.encode())}] = {lua_string(value.encode())}")
    lines.append("done = function(summary) io.write(string.format('answered %d failed %d other %d\\n', summary.requests,"
                 " summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,"
                 " summary.errors.status)) end")
    path = pathlib.Path(folder, "request.lua")
    path.write_text("\n".join(lines))
    return path


def family_of(pid):
    found = [pid]
    for one in found:
        for task in pathlib.Path(f"/proc/{one}/task").iterdir():
            found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def cpu_seconds(pid):
    ticks = 0
    for one in family_of(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def resident_mebibytes(pid):
    pages = sum(int(pathlib.Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family_of(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def share_core(pid):
    for one in family_of(pid):
        for task in pathlib.Path(f"/proc/{one}/task").iterdir():
            os.sched_setaffinity(int(task.name), {CORE})


def post(url, script, seconds):
    said = subprocess.run(["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(script), url],
                          check=True, capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, {CORE})).stdout
    answered, failed, other = map(int, re.search(r"answered (\d+) failed (\d+) other (\d+)", said).groups())
    if failed or other:
        print(f"  {url}: {failed} requests failed and {other} had another status than 2xx", flush=True)
        return None
    return answered


def measure(name, pid, url, canned, options, folder):
    client = client_of(url, options.protocol)
    request = seen_request(client)
    entries = [{"Id": str(number), "MessageBody": "m" * options.body} for number in range(10)]
    share_core(pid)
    rates = []
    for number in range(options.rounds + 1):  # the first one warms up
        name_of_queue = f"throughput-{os.getpid()}-{number}"
        queue_url = f"{url}/000000000000/{name_of_queue}"
        if not canned:
            queue_url = client.create_queue(QueueName=name_of_queue)["QueueUrl"]
        try:
            client.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except Exception as failure:  # a canned reply need not be one that botocore takes
            if not canned:
                print(f"  {name:<12}{options.protocol:<6} left out: {' '.join(str(failure).split())[:200]}", flush=True)
                return None
        script = script_for(request, folder)
        before = cpu_seconds(pid)
        answered = post(url, script, options.seconds)
        if answered is None:
            return None  # the others are measured all the same
        rates.append(answered / max(cpu_seconds(pid) - before, 1 / TICKS))
        memory = resident_mebibytes(pid)
        if not canned:
            client.delete_queue(QueueUrl=queue_url)
    return {"server": name, "protocol": options.protocol, "requests_per_cpu_second": statistics.median(rates[1:] or rates),
            "resident_mebibytes": memory, "reply_bytes": request.reply_bytes, "request_bytes": len(request.body)}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--body", type=int, default=200)
    parser.add_argument("--protocol", choices=("json", "query"), default="json")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("servers", nargs="+")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for given in options.servers:
            name, where = given.split("=", 1)
            pid, url, *marks = where.split(",")
            row = measure(name, int(pid), url, "canned" in marks, options, folder)
            if row:
                rows.append(row)
    if options.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    floor = next((row for row in rows if row["server"] == "nginx"), None)
    for row in rows:
        share = f"{row['requests_per_cpu_second'] / floor['requests_per_cpu_second']:9.4f}" if floor else ""
        print(f"  {row['server']:<12}{row['protocol']:<6}{row['requests_per_cpu_second']:>12,.0f}{share}"
              f"{row['resident_mebibytes']:>10.0f} MiB")


main()
