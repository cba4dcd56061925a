"""Kills `sluice local --data` again and again while clients send, receive and delete, and keeps a ledger of its own of
what was acknowledged to them: nothing of that may be missing, come back, or change its order.

usage: kill_under_load.py PATH_OF_SLUICE DIRECTORY KILLS
"""
import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

GROUPS = 8
WRITERS = 3
MOST_WAITING = 3000
ACKS_OF_A_ROUND = 60

sluice, directory, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
stopping = threading.Event()
lock = threading.Lock()  # of everything below
problems = []
acknowledged = 0  # calls that changed something
sent = set()  # ids of messages of the standard queue whose send was acknowledged
deleted = set()  # ids whose deletion was
seen = set()
sent_of_group = {}  # how many messages of each group were acknowledged
deleted_of_group = {}
repeats = 0  # receives that gave what the attempt had got before a kill


def problem(text):
    with lock:
        if len(problems) < 20:
            problems.append(text)
    stopping.set()


def note(function):
    global acknowledged
    with lock:
        function()
        acknowledged += 1


class broker:
    def __init__(self):
        self.process = None
        self.port = 0

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sluice, "local", "--port", str(self.port), "--no-verify", "--data", directory],
            stdout=subprocess.PIPE, stderr=open(directory + ".err", "a"), text=True)
        line = self.process.stdout.readline()
        if not line.startswith("export AWS_ENDPOINT_URL="):
            raise SystemExit("the broker did not start: " + open(directory + ".err").read())
        self.port = int(line.rsplit(":", 1)[1])
        return time.monotonic() - begun

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


the_broker = broker()


class client:
    """Tries each call until it is answered, across the deaths of the broker."""

    def __init__(self):
        self.connection = None

    def call(self, action, parameters):
        body = json.dumps(parameters)
        tries = 0
        deadline = time.monotonic() + 60
        while True:
            tries += 1
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", the_broker.port, timeout=30)
                self.connection.request("POST", "/", body, {
                    "X-Amz-Target": "AmazonSQS." + action, "Content-Type": "application/x-amz-json-1.0"})
                reply = self.connection.getresponse()
                text = reply.read()
                if reply.status != 200:
                    problem(f"{action}: {reply.status} {text.decode()}")
                    return {}, tries
                return (json.loads(text) if text else {}), tries
            except (OSError, http.client.HTTPException) as failure:
                self.connection = None
                if time.monotonic() > deadline:
                    problem(f"{action}: no answer within a minute: {failure!r}")
                    return {}, tries
                time.sleep(0.005)


def queue_url(name):
    return "http://127.0.0.1/000000000000/" + name


def all_good(action, reply, count):
    if len(reply.get("Successful", [])) != count:
        problem(f"{action}: {json.dumps(reply)}")
        return False
    return True


def write_standard(which):
    api = client()
    number = 0
    while not stopping.is_set():
        with lock:
            waiting = len(sent) - len(deleted)
        if waiting > MOST_WAITING:
            time.sleep(0.01)
            continue
        entries = []
        for i in range(10):
            number += 1
            entries.append({"Id": str(i), "MessageBody": f"{which}-{number} " + "x" * random.randrange(400)})
        reply, _ = api.call("SendMessageBatch", {"QueueUrl": queue_url("standard"), "Entries": entries})
        if all_good("SendMessageBatch", reply, 10):
            note(lambda: sent.update(one["MessageId"] for one in reply["Successful"]))


def read_standard():
    api = client()
    while not stopping.is_set():
        reply, _ = api.call("ReceiveMessage", {"QueueUrl": queue_url("standard"), "MaxNumberOfMessages": 10,
                                               "WaitTimeSeconds": 1})
        take_standard(api, reply.get("Messages", []))


def take_standard(api, messages):
    if not messages:
        return
    with lock:
        back = [one["MessageId"] for one in messages if one["MessageId"] in deleted]
        seen.update(one["MessageId"] for one in messages)
    if back:
        return problem(f"deleted, and back again: {back}")
    entries = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(messages)]
    reply, _ = api.call("DeleteMessageBatch", {"QueueUrl": queue_url("standard"), "Entries": entries})
    if all_good("DeleteMessageBatch", reply, len(messages)):
        note(lambda: deleted.update(one["MessageId"] for one in messages))


def write_fifo(which):
    """Each message is tried under the same deduplication id until it is acknowledged, so it is there exactly once."""
    api = client()
    groups = [f"group-{which}-{i}" for i in range(GROUPS // 2)]
    number = 0
    while not stopping.is_set():
        with lock:
            waiting = sum(sent_of_group.values()) - sum(deleted_of_group.values())
        if waiting > MOST_WAITING:
            time.sleep(0.01)
            continue
        number += 1
        entries = [{"Id": str(i), "MessageBody": f"{group} {number}", "MessageGroupId": group,
                    "MessageDeduplicationId": f"{group}/{number}"} for i, group in enumerate(groups)]
        reply, _ = api.call("SendMessageBatch", {"QueueUrl": queue_url("ordered.fifo"), "Entries": entries})
        if all_good("SendMessageBatch", reply, len(groups)):
            note(lambda: sent_of_group.update({group: number for group in groups}))


def read_fifo():
    global repeats
    api = client()
    while not stopping.is_set():
        # An attempt that is tried again gets what it got before.
        reply, tries = api.call("ReceiveMessage", {
            "QueueUrl": queue_url("ordered.fifo"), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1,
            "ReceiveRequestAttemptId": uuid.uuid4().hex})
        if tries > 1 and reply.get("Messages"):
            repeats += 1
        take_fifo(api, reply.get("Messages", []))


def take_fifo(api, messages):
    if not messages:
        return
    next_of = {}
    for one in messages:
        group, number = one["Body"].split(" ")
        with lock:
            expected = next_of.setdefault(group, deleted_of_group.get(group, 0) + 1)
        if int(number) != expected:
            return problem(f"{group}: got {number}, expected {expected}")
        next_of[group] += 1
    entries = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(messages)]
    # No other reader gets this group before: it is in flight. So the handles must be good, also behind a kill.
    def remember():
        deleted_of_group.update({group: number - 1 for group, number in next_of.items()})
    with lock:
        remember()
    reply, _ = api.call("DeleteMessageBatch", {"QueueUrl": queue_url("ordered.fifo"), "Entries": entries})
    if all_good("DeleteMessageBatch", reply, len(messages)):
        note(lambda: None)


def drain(name, take):
    api = client()
    admin("POST", "expire-visibility", {"queue": name})
    while not problems:
        reply, _ = api.call("ReceiveMessage", {"QueueUrl": queue_url(name), "MaxNumberOfMessages": 10})
        messages = reply.get("Messages", [])
        if not messages:
            return
        take(api, messages)


def admin(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", the_broker.port, timeout=30)
    connection.request(method, "/_sluice/" + path, json.dumps(body) if body else None)
    return json.loads(connection.getresponse().read())


def main():
    begun = time.monotonic()
    the_broker.start()
    api = client()
    api.call("CreateQueue", {"QueueName": "standard"})
    api.call("CreateQueue", {"QueueName": "ordered.fifo", "Attributes": {"FifoQueue": "true"}})
    threads = [threading.Thread(target=write_standard, args=(i,)) for i in range(WRITERS)]
    threads += [threading.Thread(target=write_fifo, args=(i,)) for i in range(2)]
    threads += [threading.Thread(target=read_standard) for _ in range(2)]
    threads += [threading.Thread(target=read_fifo) for _ in range(2)]
    for one in threads:
        one.start()
    starts = []
    for _ in range(kills):
        with lock:
            enough = acknowledged + ACKS_OF_A_ROUND
        patience = time.monotonic() + 60
        while acknowledged < enough and not stopping.is_set():
            if time.monotonic() > patience:
                problem("no progress within a minute")
            time.sleep(0.002)
        if stopping.is_set():
            break
        time.sleep(random.random() * 0.05)  # not always at the same place
        the_broker.kill()
        starts.append(the_broker.start())
    stopping.set()
    for one in threads:
        one.join()
    deleted_under_load = len(deleted)
    drain("standard", take_standard)
    drain("ordered.fifo", take_fifo)
    ledger = admin("GET", "ledger")["queues"]
    the_broker.stop()
    the_broker.start()
    if admin("GET", "ledger")["queues"] != ledger:
        problem("another ledger after an orderly stop")
    the_broker.stop()
    lost = sent - deleted
    if lost:
        problem(f"acknowledged, but neither there nor deleted: {len(lost)}")
    if sent_of_group != {group: count for group, count in deleted_of_group.items() if count}:
        problem(f"groups: sent {sent_of_group}, received {deleted_of_group}")
    entered = ledger["ordered.fifo"]["entered"]
    if entered != sum(sent_of_group.values()):
        problem(f"ordered.fifo: {entered} entered, {sum(sent_of_group.values())} were sent")
    for name, one in ledger.items():
        if one["entered"] != one["deleted"]:
            problem(f"{name}: {one}")
    if problems:
        print("\n".join(problems))
        return 1
    starts.sort()
    print(f"data: {len(starts)} times kill -9 under load in {time.monotonic() - begun:.0f} s: "
          f"{len(sent):,} messages acknowledged, {deleted_under_load:,} deleted under load, the others found afterwards; "
          f"{len(seen - sent)} more from sends whose reply was lost; {entered:,} FIFO messages in {GROUPS} groups, each "
          f"once and in order, {repeats} receives repeated; the broker was back after {starts[len(starts) // 2] * 1000:.0f} "
          f"ms (median), {starts[-1] * 1000:.0f} at most")
    return 0


sys.exit(main())
