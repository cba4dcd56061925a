"""CPU time of the clients for each message: the table of `./run bench`.

usage: table.py --build FOLDER [--program SLUICE] [--rounds N] [--messages N] [--peers | --only-peers]

All rows of a column come from the same rounds, one after the other, so that what else the machine does weighs on all of
them alike; a cell is the median of its rounds, and the ratios are those of one column. The writers write to nginx, which
answers with a canned reply; `wrk` posts requests like theirs to it, as the floor. The reader reads from `canned_server` behind
nginx. With --peers the other SDKs and the writer write to the embedded broker, as each chooses its own ids, and
botocore signs beside our signer.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
MESSAGES_OF_REQUEST = 10
MD5 = __import__("hashlib").md5


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port):
    for _ in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


class Servers:
    """What is started here ends here."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, command, **how):
        one = subprocess.Popen(command, **how)
        self.running.append(one)
        return one

    def stop_one(self, one):
        one.send_signal(signal.SIGTERM)
        one.wait()
        self.running.remove(one)

    def stop(self):
        for one in reversed(list(self.running)):
            self.stop_one(one)


def send_reply(body_bytes):
    """SendMessageBatch: positions are ids, as the writers choose them."""
    md5 = MD5(b"x" * body_bytes).hexdigest()
    entries = "".join(
        f"<SendMessageBatchResultEntry><Id>{i}</Id><MessageId>6f9a1c52-0000-4000-8000-00000000000{i}</MessageId>"
        f"<MD5OfMessageBody>{md5}</MD5OfMessageBody></SendMessageBatchResultEntry>" for i in range(MESSAGES_OF_REQUEST))
    return ("<?xml version='1.0'?><SendMessageBatchResponse xmlns='http://queue.amazonaws.com/doc/2012-11-05/'>"
            f"<SendMessageBatchResult>{entries}</SendMessageBatchResult><ResponseMetadata>"
            "<RequestId>canned</RequestId></ResponseMetadata></SendMessageBatchResponse>")


def publish_reply():
    entries = "".join(f"<member><Id>{i}</Id><MessageId>6f9a1c52-0000-4000-8000-00000000000{i}</MessageId></member>"
                      for i in range(MESSAGES_OF_REQUEST))
    return ("<PublishBatchResponse xmlns='http://sns.amazonaws.com/doc/2010-03-31/'><PublishBatchResult><Failed/>"
            f"<Successful>{entries}</Successful></PublishBatchResult><ResponseMetadata><RequestId>canned</RequestId>"
            "</ResponseMetadata></PublishBatchResponse>")


def start_nginx(servers, bodies, read_port):
    """Returns the URLs by use and scheme. Its certificate is its own CA."""
    folder = servers.folder
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    uses = ["read", *bodies]
    ports = {(use, scheme): free_port() for use in uses for scheme in ("http", "https")}
    listen = {use: f"listen 127.0.0.1:{ports[use, 'http']}; listen 127.0.0.1:{ports[use, 'https']} ssl; "
                   f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;" for use in uses}
    # Both services are asked at the path `/`: the signature's scope tells which.
    writes = "".join(f"map $http_authorization $reply_{body} {{ ~/sns/aws4_request \"{publish_reply()}\"; "
                     f"default \"{send_reply(body)}\"; }}\n"
                     f"server {{ {listen[body]} location / {{ return 200 $reply_{body}; }} }}\n" for body in bodies)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; default_type text/xml; client_max_body_size 4m;
    client_body_buffer_size 4m; {temporary}
    {writes}
    upstream reads {{ server 127.0.0.1:{read_port}; keepalive 256; }}
    server {{
        {listen["read"]}
        location / {{ proxy_pass http://reads; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
""")
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not nginx:
        raise SystemExit("there is no nginx, which gives the canned replies")
    servers.start([nginx, "-c", folder / "nginx.conf", "-p", folder])
    for port in ports.values():
        wait_for(port)
    return {(use, scheme): f"{scheme}://127.0.0.1:{port}" for (use, scheme), port in ports.items()}


def start_reads(servers, build):
    one = servers.start([build / "bench" / "canned_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return int(one.stdout.readline())


def start_broker(servers, program):
    port = free_port()
    process = servers.start([program, "local", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    return process, f"http://127.0.0.1:{port}"


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wrk(url, use, body_bytes, in_flight, folder):
    """The floor of `use`: a request as its writer sends it, posted again and again without making it."""
    names = {"sqs": ("SendMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2F127.0.0.1%3A44444%2F000000000000%2Fbench-0-200",
                     "SendMessageBatchRequestEntry.{}", "MessageBody"),
             "sns": ("PublishBatch&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3Abench-0-200",
                     "PublishBatchRequestEntries.member.{}", "Message")}
    action, entry, text = names[use]
    body = f"Action={action}" + "".join(
        f"&{entry.format(i + 1)}.Id={i}&{entry.format(i + 1)}.{text}={'x' * body_bytes}" for i in range(MESSAGES_OF_REQUEST))
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
               "amz-sdk-invocation-id": "6f9a1c52-0000-4000-8000-000000000000", "amz-sdk-request": "attempt=1; max=3",
               "X-Amz-Date": "20261127T190000Z", "User-Agent": "sluice/0.1.0 lang/c++",
               "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20261127/us-east-1/{use}/aws4_request, SignedHeaders="
                                "amz-sdk-invocation-id;amz-sdk-request;content-type;host;x-amz-date, Signature=" + "0" * 64}
    script = folder / "floor.lua"
    script.write_text("wrk.method = 'POST'\n" + f"wrk.body = '{body}'\n" +
                      "".join(f"wrk.headers['{name}'] = '{value}'\n" for name, value in headers.items()) +
                      "done = function(summary) io.write('answered ' .. summary.requests .. ' bad ' .. "
                      "summary.errors.status .. '\\n') end\n")
    before = cpu_of_children()
    said = subprocess.run(["wrk", "-t", "1", "-c", str(in_flight), "-d", "2s", "-s", script,
                           url], check=True, capture_output=True, text=True).stdout
    answered, bad = (int(said.rsplit(f"{word} ", 1)[1].split()[0]) for word in ("answered", "bad"))
    if bad or not answered:
        raise SystemExit(f"wrk: {said}")
    return 1e6 * (cpu_of_children() - before) / answered / MESSAGES_OF_REQUEST


def client(build, name, url, body, options, environment, extra=()):
    command = [build / "bench" / name, "--endpoint", url, "--body", str(body), "--messages", str(options.messages),
               "--in-flight", str(options.in_flight), "--json", *extra]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
    return json.loads(done.stdout)


def print_table(title, columns, rows, rounds, floor_of):
    """`floor_of`: the row that a row is compared with, or None."""
    print(f"\n{title}\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for name, cells in rows.items():
        shown = []
        for column in columns:
            seen, floor = cells.get(column), rows.get(floor_of(name), {}).get(column)
            if not seen:
                shown.append("")
                continue
            middle = statistics.median(seen)
            ratio = f" ({middle / statistics.median(floor):.2f}×)" if floor else ""
            fewer = "" if len(seen) == rounds else f" in {len(seen)} rounds"
            shown.append(f"{middle:.2f} µs{ratio}{fewer}")
        print(f"| {name} | " + " | ".join(shown) + " |")
    print(flush=True)


def lines_of(said):
    """The JSON lines of a program that may say other things as well."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def bench_ours(options, servers):
    bodies = [200, 2000]
    read_port = start_reads(servers, options.build)
    urls = start_nginx(servers, bodies, read_port)
    environment = dict(os.environ, AWS_CA_BUNDLE=str(servers.folder / "cert.pem"))
    columns = [f"{scheme} {body} B" for body in bodies for scheme in ("http", "https")]
    floors = {"`sqs::writer`": "wrk, SendMessageBatch", "`sns::writer`": "wrk, PublishBatch"}
    rows = {name: {} for name in (*floors, "`sqs::reader`, run and ack", *floors.values())}
    details = {}
    for _ in range(options.rounds):
        for body in bodies:
            for scheme in ("http", "https"):
                column = f"{scheme} {body} B"
                for row, program in zip(rows, ("bench_write", "bench_publish", "bench_read")):
                    url = urls["read" if program == "bench_read" else body, scheme]
                    seen = client(options.build, program, url, body, options, environment, ["--canned"])
                    rows[row].setdefault(column, []).append(seen["cpu_us_per_message"])
                    details.setdefault((row, column), []).append(seen)
                for use, row in zip(("sqs", "sns"), floors.values()):
                    rows[row].setdefault(column, []).append(
                        wrk(urls[body, scheme], use, body, options.in_flight, servers.folder))
    print_table(f"CPU of the client for a message, batches of ten, {options.in_flight} requests in flight, median of "
                f"{options.rounds} rounds (and a writer's ratio to wrk's):", columns, rows, options.rounds, floors.get)
    print(f"{columns[0]}, medians:")
    for (row, column), rounds in details.items():
        if column != columns[0]:
            continue
        seen = {name: statistics.median(one[name] for one in rounds)
                for name, value in rounds[0].items() if isinstance(value, (int, float))}
        waits = "" if not seen["p50_ms"] else (f"p50 {seen['p50_ms']:.2f} ms, p99 {seen['p99_ms']:.2f} ms, "
                                               f"p99.9 {seen['p999_ms']:.2f} ms, ")
        print(f"{row}: {seen['messages_per_second']:,.0f} messages/s, {seen['allocations_per_message']:.1f} allocations "
              f"a message, {waits}peak RSS {seen['peak_rss_mib']:.0f} MiB")


def bench_peers(options, servers):
    rows = {"`sqs::writer`": {}}
    bodies = [200, 2000]
    for _ in range(options.rounds):
        for body in bodies:
            column = f"http {body} B"
            process, broker = start_broker(servers, options.program)  # a fresh one: what was written stays in its memory
            seen = client(options.build, "bench_write", broker, body, options, dict(os.environ))
            rows["`sqs::writer`"].setdefault(column, []).append(seen["cpu_us_per_message"])
            queue = f"{broker}/000000000000/bench-0-{body}"
            said = subprocess.run([ROOT / "bench" / "peers" / "run.sh", broker, queue, str(options.peer_messages),
                                   str(options.in_flight), str(body)], stdout=subprocess.PIPE, text=True, check=False).stdout
            for seen in lines_of(said):
                rows.setdefault(f"{seen['client']} {seen['version']}", {}).setdefault(column, []).append(
                    seen["cpu_us_per_message"])
            servers.stop_one(process)
    print_table(f"CPU of the client for a message against the embedded broker, median of {options.rounds} rounds (and its "
                "ratio to ours):", [f"http {body} B" for body in bodies], rows, options.rounds, lambda _: "`sqs::writer`")


def bench_signatures(options):
    """A signature of 3,000 B: ours, botocore's and the hash of the body alone, without which there is none."""
    body, rows = 3000, {"hash of the body alone": [], "`sigv4::signer`": [], "botocore": []}
    for _ in range(options.rounds):
        seen = subprocess.run([options.build / "bench" / "bench_sign", f"--benchmark_filter=^(hash|sign)/{body}$",
                               "--benchmark_format=json"], check=True, capture_output=True, text=True).stdout
        for name, row in zip(("hash", "sign"), rows):
            times = [one["cpu_time"] for one in json.loads(seen)["benchmarks"] if one["name"] == f"{name}/{body}"]
            rows[row].extend(times)
        said = subprocess.run([ROOT / "bench" / "peers" / "run.sh", "sign", str(body)], check=False, stdout=subprocess.PIPE,
                              text=True).stdout
        rows["botocore"].extend(seen["ns_per_signature"] for seen in lines_of(said))
    print(f"\na signature of {body} B on one core, median of {options.rounds} rounds:\n")
    print("| | ns | for each second | ratio to ours |\n|---|---|---|---|")
    ours = statistics.median(rows["`sigv4::signer`"])
    for name, times in rows.items():
        if times:
            middle = statistics.median(times)
            print(f"| {name} | {middle:,.0f} | {1e9 / middle:,.0f} | {middle / ours:.2f}× |")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--peer-messages", type=int, default=50_000)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only-peers", action="store_true")
    options = parser.parse_args()
    if (options.peers or options.only_peers) and not options.program:
        parser.error("--peers needs --program, which is the embedded broker")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(pathlib.Path(folder))
        try:
            if not options.only_peers:
                bench_ours(options, servers)
            if options.peers or options.only_peers:
                bench_peers(options, servers)
                if (options.build / "bench" / "bench_sign").exists():
                    bench_signatures(options)
                else:
                    print("signatures are left out: there is no bench_sign, which needs Google Benchmark")
        finally:
            servers.stop()


if __name__ == "__main__":
    sys.exit(main())
