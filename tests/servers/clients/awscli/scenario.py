"""What checks.txt lists, by an AWS CLI: run by its own Python, with its client's name and its program as arguments.

A CLI costs more than half a second of CPU before it does anything. So its modules and service models are loaded once
here, and each command is a fork that goes on as the program does (`awscli.clidriver.main`), with its own arguments,
environment and output. A few checks run the program itself.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback

import awscli
import awscli.clidriver

CLIENT, PROGRAM = sys.argv[1:3]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ACCOUNT = "000000000000"
OTHER = os.environ["OTHER_ACCOUNT"]
OTHER_KEYS = (os.environ["OTHER_ACCESS_KEY_ID"], os.environ["OTHER_SECRET_ACCESS_KEY"])
UNICODE = "grüße €😀 <&>\"'\\ \t\r\n]]>"
# The older CLI takes the bytes of a Binary as text, the newer one as base64: these bytes are both.
BLOB = b"\x00\x01\xc3\xbf"
BASE64 = "AAHDvw=="
OLD = awscli.__version__.startswith("1.")
ATTRIBUTES = {
    "kind": {"DataType": "String", "StringValue": "grün"},
    "count": {"DataType": "Number.int", "StringValue": "42"},
    "blob": {"DataType": "Binary", "BinaryValue": BLOB.decode() if OLD else BASE64},
}
SHOWN = {name: dict(value) for name, value in ATTRIBUTES.items()}
SHOWN["blob"]["BinaryValue"] = BASE64
ATTRIBUTES_MD5 = os.environ["TEXT_ATTRIBUTES_MD5"]

os.environ.update(AWS_MAX_ATTEMPTS="1", AWS_PAGER="", AWS_DEFAULT_OUTPUT="json", PYTHONUTF8="1")
files = tempfile.TemporaryDirectory()
driver = awscli.clidriver.create_clidriver()


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def arguments(service, command, options):
    made = [service, command, "--endpoint-url", ENDPOINT]
    for name, value in options.items():
        name = "--" + name.replace("_", "-")
        if value is True:
            made.append(name)
        elif isinstance(value, (dict, list)) and not (value and isinstance(value[0] if isinstance(value, list) else 0, str)):
            made += [name, json.dumps(value)]
        elif isinstance(value, list):
            made += [name, *value]
        else:
            made += [name, str(value)]
    return made


class Command:
    """One `aws` command, running."""

    def __init__(self, service, command, keys=None, token=None, **options):
        self.output = tempfile.TemporaryFile()
        self.errors = tempfile.TemporaryFile()
        words = arguments(service, command, options)
        self.pid = os.fork()
        if self.pid:
            return
        status = 70
        try:
            os.dup2(self.output.fileno(), 1)
            os.dup2(self.errors.fileno(), 2)
            if keys:
                os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = keys
            if token:
                os.environ["AWS_SESSION_TOKEN"] = token
            # A driver keeps the keys that it has found.
            status = (awscli.clidriver.create_clidriver() if keys else driver).main(words)
        except SystemExit as end:
            status = end.code
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status or 0)

    def answer(self):
        _, status = os.waitpid(self.pid, 0)
        self.output.seek(0)
        self.errors.seek(0)
        return read_answer(status, self.output.read().decode(), self.errors.read().decode())


def read_answer(status, output, errors):
    if status == 0:
        return json.loads(output) if output.strip() else {}
    refused = re.search(r"An error occurred \(([^)]*)\) when calling", errors)
    if refused is None:
        raise AssertionError(f"status {status}: {errors.strip()}")
    raise Refused(refused.group(1), errors.strip())


def by_program(service, command, **options):
    done = subprocess.run([PROGRAM, *arguments(service, command, options)], capture_output=True, text=True)
    return read_answer(done.returncode, done.stdout, done.stderr)


def sqs(command, **options):
    return Command("sqs", command, **options).answer()


def sns(command, **options):
    return Command("sns", command, **options).answer()


def sts(command, **options):
    return Command("sts", command, **options).answer()


# Not by a command: the newer CLI has a thread after its first one, for which its forks would wait for ever.
for one in ["sqs", "sns", "sts"]:
    driver.session.get_service_model(one)
driver.session.get_component("endpoint_resolver")

checks = []


def check(function):
    checks.append(function)
    return function


def expect(what, wanted=True):
    if what != wanted:
        raise AssertionError(f"{what!r} instead of {wanted!r}")


def fails(code, function, *words, **options):
    try:
        answer = function(*words, **options)
    except Refused as refused:
        expect(refused.code, code)
    else:
        raise AssertionError(f"it succeeded: {answer}")


def arn(name):
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def long_text(character, length):
    path = os.path.join(files.name, f"{character}{length}")
    with open(path, "w", encoding="ascii") as file:
        file.write(character * length)
    return f"file://{path}"


def queue(name, **attributes):
    options = {"attributes": attributes} if attributes else {}
    return sqs("create-queue", queue_name=name, **options)["QueueUrl"]


def receive(name, **options):
    options.setdefault("max_number_of_messages", 10)
    return sqs("receive-message", queue_url=url[name], **options).get("Messages", [])


def remove(name, messages):
    entries = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
    if entries:
        expect("Failed" in sqs("delete-message-batch", queue_url=url[name], entries=entries), False)


def take(name, **options):
    got = receive(name, **options)
    remove(name, got)
    return got


def send(name, body, **options):
    return sqs("send-message", queue_url=url[name], message_body=body, **options)


def bodies(messages):
    return [one["Body"] for one in messages]


def messages_of(name):
    return [json.loads(one["Body"])["Message"] for one in take(name)]


url = {}
topic = {}
subscription = {}
kept = {}


@check
def queue_create():
    made = by_program("sqs", "create-queue", queue_name="plain", attributes={"VisibilityTimeout": "40"})
    url["plain"] = made["QueueUrl"]
    expect(url["plain"], f"{ENDPOINT}/{ACCOUNT}/plain")


@check
def queue_create_same():
    expect(queue("plain", VisibilityTimeout="40"), url["plain"])


@check
def queue_create_differs():
    fails("QueueAlreadyExists", queue, "plain", VisibilityTimeout="41")


@check
def queue_create_bad_name():
    fails("InvalidParameterValue", queue, "a b")


@check
def queue_url():
    expect(sqs("get-queue-url", queue_name="plain")["QueueUrl"], url["plain"])


MISSING = "AWS.SimpleQueueService.NonExistentQueue"


@check
def queue_url_missing():
    fails(MISSING, by_program, "sqs", "get-queue-url", queue_name="missing")


@check
def queue_list_pages():
    made = [queue(f"page-{one}") for one in "abc"]
    # The CLI follows the pages by itself.
    expect(sqs("list-queues", queue_name_prefix="page-", page_size=1)["QueueUrls"], made)


@check
def queue_attributes():
    sqs("set-queue-attributes", queue_url=url["plain"], attributes={"VisibilityTimeout": "45"})
    got = sqs("get-queue-attributes", queue_url=url["plain"], attribute_names=["All"])["Attributes"]
    expect(got["VisibilityTimeout"], "45")
    expect(got["QueueArn"], arn("plain"))
    expect(got["MaximumMessageSize"], "1048576")
    expect(got["ApproximateNumberOfMessages"], "0")


@check
def queue_attribute_unknown():
    fails(
        "InvalidAttributeName", sqs, "set-queue-attributes", queue_url=url["plain"], attributes={"Nonsense": "1"}
    )


@check
def queue_tags():
    sqs("tag-queue", queue_url=url["plain"], tags={"team": "billing", "cost": "ä&b"})
    sqs("untag-queue", queue_url=url["plain"], tag_keys=["team"])
    expect(sqs("list-queue-tags", queue_url=url["plain"])["Tags"], {"cost": "ä&b"})


@check
def send_md5():
    sent = by_program("sqs", "send-message", queue_url=url["plain"], message_body="hello")
    expect(sent["MD5OfMessageBody"], hashlib.md5(b"hello").hexdigest())
    got = by_program("sqs", "receive-message", queue_url=url["plain"])["Messages"]
    expect([(one["Body"], one["MessageId"]) for one in got], [("hello", sent["MessageId"])])
    by_program("sqs", "delete-message", queue_url=url["plain"], receipt_handle=got[0]["ReceiptHandle"])


@check
def send_unicode():
    send("plain", UNICODE)
    expect(bodies(take("plain")), [UNICODE])


@check
def send_attributes_md5():
    sent = send("plain", "with", message_attributes=ATTRIBUTES)
    expect(sent["MD5OfMessageAttributes"], ATTRIBUTES_MD5)


@check
def receive_attributes():
    (got,) = receive("plain", message_attribute_names=["All"], visibility_timeout=0)
    expect(got["MessageAttributes"], SHOWN)
    expect(got["MD5OfMessageAttributes"], ATTRIBUTES_MD5)


@check
def receive_attributes_named():
    (got,) = receive("plain", message_attribute_names=["cou.*"], visibility_timeout=0)
    expect(got["MessageAttributes"], {"count": SHOWN["count"]})


@check
def receive_attributes_unasked():
    (got,) = take("plain")
    expect("MessageAttributes" in got or "Attributes" in got, False)


@check
def receive_system_attributes():
    before = time.time() * 1000
    send("plain", "system")
    (got,) = take("plain", attribute_names=["All"])
    expect(got["Attributes"]["SenderId"], ACCOUNT)
    expect(got["Attributes"]["ApproximateReceiveCount"], "1")
    expect(abs(int(got["Attributes"]["SentTimestamp"]) - before) < 60_000)
    expect(int(got["Attributes"]["ApproximateFirstReceiveTimestamp"]) >= int(got["Attributes"]["SentTimestamp"]))


@check
def trace_header():
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    sent = send("plain", "traced", message_system_attributes=system)
    expect(sent["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
    (got,) = take("plain", attribute_names=["AWSTraceHeader"])
    expect(got["Attributes"], {"AWSTraceHeader": trace})


@check
def visibility_hidden():
    send("plain", "seen")
    kept["handle"] = receive("plain")[0]["ReceiptHandle"]
    expect(receive("plain"), [])


@check
def visibility_zero():
    of = {"queue_url": url["plain"], "receipt_handle": kept["handle"], "visibility_timeout": 0}
    sqs("change-message-visibility", **of)
    (got,) = receive("plain", attribute_names=["ApproximateReceiveCount"])
    expect(got["Attributes"]["ApproximateReceiveCount"], "2")
    kept["handle"] = got["ReceiptHandle"]


@check
def delete():
    sqs("delete-message", queue_url=url["plain"], receipt_handle=kept["handle"])
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    got = sqs("get-queue-attributes", queue_url=url["plain"], attribute_names=names)["Attributes"]
    expect(got, {one: "0" for one in names})


@check
def receipt_handle_invalid():
    fails("ReceiptHandleIsInvalid", sqs, "delete-message", queue_url=url["plain"], receipt_handle="garbage")


@check
def send_illegal_character():
    fails("InvalidMessageContents", send, "plain", "a\u0001b")


@check
def send_1_mib():
    send("plain", long_text("x", 1_048_576))
    expect(bodies(take("plain")) == ["x" * 1_048_576])


@check
def send_too_long():
    fails("InvalidParameterValue", send, "plain", long_text("x", 1_048_577))


@check
def send_missing_queue():
    fails(MISSING, sqs, "send-message", queue_url=f"{ENDPOINT}/{ACCOUNT}/missing", message_body="lost")


@check
def send_by_host_style_url():
    for host in ["queue.amazonaws.com", "us-east-1.queue.amazonaws.com", "sqs.us-east-1.amazonaws.com"]:
        sqs("send-message", queue_url=f"https://{host}/{ACCOUNT}/plain", message_body=host)
    expect(len(take("plain")), 3)


@check
def delay():
    send("plain", "much later", delay_seconds=900)
    expect(receive("plain"), [])
    send("plain", "later", delay_seconds=1)
    expect(bodies(take("plain", wait_time_seconds=20)), ["later"])


@check
def long_poll_empty():
    before = time.monotonic()
    expect(receive("plain", wait_time_seconds=1), [])
    expect(time.monotonic() - before >= 0.99)


@check
def long_poll_wakes():
    poll = Command("sqs", "receive-message", queue_url=url["plain"], wait_time_seconds=20)
    send("plain", "wake")
    got = poll.answer()["Messages"]
    expect(bodies(got), ["wake"])
    remove("plain", got)


def entries(*texts):
    return [{"Id": f"e{at}", "MessageBody": text} for at, text in enumerate(texts)]


def send_batch(of):
    return sqs("send-message-batch", queue_url=url["batch"], entries=of)


@check
def batch_send():
    url["batch"] = queue("batch")
    sent = send_batch(entries("one", "two", "three"))
    expect("Failed" in sent, False)
    expect([one["Id"] for one in sent["Successful"]], ["e0", "e1", "e2"])
    expect(sent["Successful"][1]["MD5OfMessageBody"], hashlib.md5(b"two").hexdigest())


@check
def batch_receive():
    kept["batch"] = receive("batch")
    expect(sorted(bodies(kept["batch"])), ["one", "three", "two"])


@check
def batch_visibility():
    changes = [
        {"Id": f"c{at}", "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
        for at, one in enumerate(kept["batch"])
    ]
    answer = sqs("change-message-visibility-batch", queue_url=url["batch"], entries=changes)
    expect(len(answer["Successful"]), 3)
    kept["batch"] = receive("batch")
    expect(len(kept["batch"]), 3)


@check
def batch_delete():
    handles = [{"Id": f"d{at}", "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(kept["batch"])]
    handles.append({"Id": "bad", "ReceiptHandle": "garbage"})
    answer = sqs("delete-message-batch", queue_url=url["batch"], entries=handles)
    expect([one["Id"] for one in answer["Successful"]], ["d0", "d1", "d2"])
    expect([(one["Id"], one["Code"]) for one in answer["Failed"]], [("bad", "ReceiptHandleIsInvalid")])


@check
def batch_partial_failure():
    answer = send_batch(entries("good", "b\u0001d"))
    expect([one["Id"] for one in answer["Successful"]], ["e0"])
    (failed,) = answer["Failed"]
    expect((failed["Id"], failed["Code"], failed["SenderFault"]), ("e1", "InvalidMessageContents", True))
    expect(bodies(take("batch")), ["good"])


def batch_fails(name, of):
    fails(f"AWS.SimpleQueueService.{name}", send_batch, of)


@check
def batch_empty():
    batch_fails("EmptyBatchRequest", [])


@check
def batch_too_many():
    batch_fails("TooManyEntriesInBatchRequest", entries(*"abcdefghijk"))


@check
def batch_bad_id():
    batch_fails("InvalidBatchEntryId", [{"Id": "a b", "MessageBody": "x"}])


@check
def batch_same_ids():
    batch_fails("BatchEntryIdsNotDistinct", entries("x") + entries("y"))


@check
def batch_too_long():
    path = os.path.join(files.name, "batch")
    with open(path, "w", encoding="ascii") as file:
        json.dump(entries("x" * 600_000, "y" * 600_000), file)
    batch_fails("BatchRequestTooLong", f"file://{path}")


@check
def purge():
    send_batch(entries("a", "b"))
    sqs("purge-queue", queue_url=url["batch"])
    expect(receive("batch"), [])


@check
def purge_again():
    fails("AWS.SimpleQueueService.PurgeQueueInProgress", sqs, "purge-queue", queue_url=url["batch"])


def send_fifo(body, group="g", name="fifo", **options):
    return send(name, body, message_group_id=group, **options)


@check
def fifo_create():
    url["fifo"] = queue("plain.fifo", FifoQueue="true")
    names = ["FifoQueue", "ContentBasedDeduplication"]
    got = sqs("get-queue-attributes", queue_url=url["fifo"], attribute_names=names)
    expect(got["Attributes"], {"FifoQueue": "true", "ContentBasedDeduplication": "false"})


@check
def fifo_send():
    numbers = [
        send_fifo(body, message_deduplication_id=f"id-{body}")["SequenceNumber"] for body in ["one", "two", "three"]
    ]
    expect(len(set(numbers)), 3)
    expect(sorted(numbers, key=int), numbers)
    kept["numbers"] = numbers


@check
def fifo_order():
    kept["fifo"] = receive("fifo", attribute_names=["All"], receive_request_attempt_id="first")
    expect(bodies(kept["fifo"]), ["one", "two", "three"])


@check
def fifo_attributes():
    of = kept["fifo"][1]["Attributes"]
    expect((of["MessageGroupId"], of["MessageDeduplicationId"]), ("g", "id-two"))
    expect(of["SequenceNumber"], kept["numbers"][1])


@check
def fifo_attempt():
    again = receive("fifo", receive_request_attempt_id="first")
    expect([one["MessageId"] for one in again], [one["MessageId"] for one in kept["fifo"]])
    kept["fifo"] = again


@check
def fifo_group_locked():
    send_fifo("four", message_deduplication_id="four")
    send_fifo("other", group="h", message_deduplication_id="other")
    got = receive("fifo")
    expect(bodies(got), ["other"])
    remove("fifo", kept["fifo"] + got)
    expect(bodies(take("fifo")), ["four"])


@check
def fifo_deduplication():
    first = send_fifo("same", message_deduplication_id="same")
    second = send_fifo("another", message_deduplication_id="same")
    expect((second["MessageId"], second["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
    expect(bodies(take("fifo")), ["same"])


@check
def fifo_content_deduplication():
    url["content"] = queue("content.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    first, second = send_fifo("x", name="content"), send_fifo("x", name="content")
    expect(second["MessageId"], first["MessageId"])
    (got,) = take("content", attribute_names=["MessageDeduplicationId"])
    expect(got["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"x").hexdigest())


@check
def fifo_no_group():
    fails("MissingParameter", send, "content", "x")


@check
def fifo_no_deduplication_id():
    fails("InvalidParameterValue", send_fifo, "x")


@check
def dead_letter_move():
    url["dead"] = queue("dead")
    policy = json.dumps({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": "1"})
    url["source"] = queue("source", RedrivePolicy=policy)
    send("source", "poison")
    expect(bodies(receive("source", visibility_timeout=0)), ["poison"])
    expect(receive("source"), [])
    kept["dead"] = receive("dead", attribute_names=["All"], visibility_timeout=0)
    expect(bodies(kept["dead"]), ["poison"])


@check
def dead_letter_source():
    expect(kept["dead"][0]["Attributes"]["DeadLetterQueueSourceArn"], arn("source"))


@check
def dead_letter_sources():
    expect(sqs("list-dead-letter-source-queues", queue_url=url["dead"])["queueUrls"], [url["source"]])


def dead_letter_redrive():
    expect(bool(sqs("start-message-move-task", source_arn=arn("dead"))["TaskHandle"]))
    expect(bodies(take("source", wait_time_seconds=20)), ["poison"])
    (task,) = sqs("list-message-move-tasks", source_arn=arn("dead"))["Results"]
    expect((task["Status"], task["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", 1))


if CLIENT != "awscli-debian":  # which is older than move tasks
    check(dead_letter_redrive)


def let_in(name, topic_arn):
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
            }
        ],
    }
    sqs("set-queue-attributes", queue_url=url[name], attributes={"Policy": json.dumps(policy)})


def subscribe_queue(name, to, **attributes):
    options = {"attributes": attributes} if attributes else {}
    return sns("subscribe", topic_arn=topic[to], protocol="sqs", notification_endpoint=arn(name), **options)[
        "SubscriptionArn"
    ]


def set_subscription(name, attribute, value):
    of = {"subscription_arn": subscription[name], "attribute_name": attribute, "attribute_value": value}
    sns("set-subscription-attributes", **of)


@check
def topic_create():
    topic["news"] = sns("create-topic", name="news")["TopicArn"]
    expect(topic["news"], f"arn:aws:sns:us-east-1:{ACCOUNT}:news")
    expect(sns("create-topic", name="news")["TopicArn"], topic["news"])


@check
def topic_attributes():
    sns("set-topic-attributes", topic_arn=topic["news"], attribute_name="DisplayName", attribute_value="Nü<s>")
    got = sns("get-topic-attributes", topic_arn=topic["news"])["Attributes"]
    expect((got["DisplayName"], got["Owner"], got["TopicArn"]), ("Nü<s>", ACCOUNT, topic["news"]))


@check
def subscribe():
    for name in ["wrapped", "raw"]:
        url[name] = queue(name)
        let_in(name, topic["news"])
    subscription["wrapped"] = subscribe_queue("wrapped", "news")
    subscription["raw"] = subscribe_queue("raw", "news", RawMessageDelivery="true")
    listed = sns("list-subscriptions-by-topic", topic_arn=topic["news"])["Subscriptions"]
    expect(sorted(one["SubscriptionArn"] for one in listed), sorted(subscription.values()))


def publish(message, **options):
    return sns("publish", topic_arn=topic["news"], message=message, **options)


@check
def publish_envelope():
    sent = publish(UNICODE, subject="Hi <you>", message_attributes=ATTRIBUTES)
    (got,) = take("wrapped")
    envelope = json.loads(got["Body"])
    expect((envelope["Type"], envelope["TopicArn"]), ("Notification", topic["news"]))
    expect((envelope["Message"], envelope["Subject"]), (UNICODE, "Hi <you>"))
    expect(envelope["MessageId"], sent["MessageId"])
    expect(envelope["MessageAttributes"]["blob"], {"Type": "Binary", "Value": BASE64})


@check
def publish_raw():
    (got,) = take("raw", message_attribute_names=["All"])
    expect((got["Body"], got["MessageAttributes"]), (UNICODE, SHOWN))
    expect(got["MD5OfMessageAttributes"], ATTRIBUTES_MD5)


@check
def publish_structure():
    publish(json.dumps({"default": "for all", "sqs": "for queues"}), message_structure="json")
    expect(bodies(take("raw")), ["for queues"])
    expect(messages_of("wrapped"), ["for queues"])


def publish_entries(*of):
    return sns("publish-batch", topic_arn=topic["news"], publish_batch_request_entries=list(of))


@check
def publish_batch():
    bad = {"Id": "c", "Message": "C", "Subject": "new\nline"}
    answer = publish_entries({"Id": "a", "Message": "A"}, {"Id": "b", "Message": "B"}, bad)
    expect([one["Id"] for one in answer["Successful"]], ["a", "b"])
    expect([(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]], [("c", "InvalidParameter", True)])
    expect(sorted(bodies(take("raw"))), ["A", "B"])
    expect(sorted(messages_of("wrapped")), ["A", "B"])


@check
def publish_batch_same_ids():
    fails("BatchEntryIdsNotDistinct", publish_entries, {"Id": "a", "Message": "A"}, {"Id": "a", "Message": "B"})


@check
def publish_missing_topic():
    fails("NotFound", sns, "publish", topic_arn=topic["news"] + "-missing", message="x")


def publish_with(name, type, *values):
    """All in one batch: a command costs more than a message."""
    of = [
        {"Id": str(at), "Message": one, "MessageAttributes": {name: {"DataType": type, "StringValue": one}}}
        for at, one in enumerate(values)
    ]
    publish_entries(*of)


@check
def filter_attributes():
    set_subscription("wrapped", "FilterPolicy", json.dumps({"kind": ["order", {"prefix": "inv"}]}))
    publish_with("kind", "String", "order", "refund", "invoice")
    expect(sorted(messages_of("wrapped")), ["invoice", "order"])
    expect(sorted(bodies(take("raw"))), ["invoice", "order", "refund"])


@check
def filter_numbers():
    set_subscription("wrapped", "FilterPolicy", json.dumps({"price": [{"numeric": [">=", 10, "<", 100]}]}))
    publish_with("price", "Number", "9", "10", "99", "100")
    expect(sorted(messages_of("wrapped")), ["10", "99"])
    expect(len(take("raw")), 4)


@check
def filter_body():
    set_subscription("wrapped", "FilterPolicyScope", "MessageBody")
    set_subscription("wrapped", "FilterPolicy", json.dumps({"order": {"state": ["paid"]}}))
    for state in ["open", "paid"]:
        publish(json.dumps({"order": {"state": state}}))
    expect([json.loads(one)["order"]["state"] for one in messages_of("wrapped")], ["paid"])
    expect(len(take("raw")), 2)


@check
def filter_invalid():
    fails("InvalidParameter", set_subscription, "wrapped", "FilterPolicy", '{"kind": "no list"}')


@check
def subscription_dead_letters():
    url["closed"] = queue("closed")  # without a policy: nobody is let in
    remove("dead", receive("dead"))
    let_in("dead", topic["news"])
    subscribe_queue(
        "closed", "news", RawMessageDelivery="true", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn("dead")})
    )
    publish("refused")
    expect(bodies(take("dead")), ["refused"])
    take("raw")


@check
def unsubscribe():
    sns("unsubscribe", subscription_arn=subscription["raw"])
    publish("nobody hears")
    expect(receive("raw"), [])


@check
def topic_fifo():
    topic["fifo"] = sns("create-topic", name="news.fifo", attributes={"FifoTopic": "true"})["TopicArn"]
    let_in("fifo", topic["fifo"])
    subscribe_queue("plain.fifo", "fifo", RawMessageDelivery="true")
    numbers = []
    for body in ["one", "two"]:
        of = {"message": body, "message_group_id": "g", "message_deduplication_id": body}
        numbers.append(int(sns("publish", topic_arn=topic["fifo"], **of)["SequenceNumber"]))
    expect(numbers[0] < numbers[1])
    got = take("fifo", attribute_names=["MessageGroupId"])
    expect([(one["Body"], one["Attributes"]["MessageGroupId"]) for one in got], [("one", "g"), ("two", "g")])


@check
def topic_fifo_deduplication():
    of = {"message": "again", "message_group_id": "g", "message_deduplication_id": "one"}
    sns("publish", topic_arn=topic["fifo"], **of)
    expect(receive("fifo"), [])


@check
def topic_delete():
    sns("delete-topic", topic_arn=topic["fifo"])
    fails("NotFound", sns, "get-topic-attributes", topic_arn=topic["fifo"])


@check
def identity():
    got = sts("get-caller-identity")
    expect((got["Account"], got["Arn"]), (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"))


@check
def assume_role():
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    given = sts("assume-role", role_arn=role, role_session_name="test")["Credentials"]
    keys = {"keys": (given["AccessKeyId"], given["SecretAccessKey"]), "token": given["SessionToken"]}
    expect(sts("get-caller-identity", **keys)["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/test")
    expect(sqs("get-queue-url", queue_name="plain", **keys)["QueueUrl"], url["plain"])


def send_as_other():
    return send("plain", "from afar", keys=OTHER_KEYS)


def url_as_other():
    of = {"queue_name": "plain", "queue_owner_aws_account_id": ACCOUNT}
    return sqs("get-queue-url", keys=OTHER_KEYS, **of)["QueueUrl"]


@check
def other_account_url_denied():
    fails(MISSING, url_as_other)


@check
def other_account_send_denied():
    fails("AccessDenied", send_as_other)


@check
def other_account_url():
    of = {"label": "other", "aws_account_ids": [OTHER], "actions": ["SendMessage", "GetQueueUrl"]}
    sqs("add-permission", queue_url=url["plain"], **of)
    expect(url_as_other(), url["plain"])


@check
def other_account_send():
    send_as_other()
    fails("AccessDenied", sqs, "receive-message", queue_url=url["plain"], keys=OTHER_KEYS)
    (got,) = take("plain", attribute_names=["SenderId"])
    expect((got["Body"], got["Attributes"]["SenderId"]), ("from afar", OTHER))


@check
def other_account_denied_again():
    sqs("remove-permission", queue_url=url["plain"], label="other")
    fails("AccessDenied", send_as_other)


@check
def other_account_topic():
    foreign = sns("create-topic", name="foreign", keys=OTHER_KEYS)["TopicArn"]
    expect(foreign, f"arn:aws:sns:us-east-1:{OTHER}:foreign")
    let_in("plain", foreign)
    of = {"protocol": "sqs", "notification_endpoint": arn("plain"), "attributes": {"RawMessageDelivery": "true"}}
    sns("subscribe", topic_arn=foreign, keys=OTHER_KEYS, **of)
    sns("publish", topic_arn=foreign, message="across", keys=OTHER_KEYS)
    expect(bodies(take("plain")), ["across"])


@check
def wrong_secret():
    fails("SignatureDoesNotMatch", sqs, "list-queues", keys=("test", "wrong"))
    fails("SignatureDoesNotMatch", sns, "list-topics", keys=("test", "wrong"))


@check
def unknown_key():
    fails("InvalidClientTokenId", sqs, "list-queues", keys=("nobody", "test"))
    fails("InvalidClientTokenId", sns, "list-topics", keys=("nobody", "test"))


@check
def queue_delete():
    sqs("delete-queue", queue_url=url["plain"])
    fails(MISSING, sqs, "get-queue-url", queue_name="plain")


for one in checks:
    name = one.__name__.replace("_", "-")
    try:
        one()
        print(f"ok {name}", flush=True)
    except Exception as why:
        at = traceback.extract_tb(why.__traceback__)[-1]
        text = " ".join(str(why).split())
        print(f"FAILED {name}: line {at.lineno}: {type(why).__name__}: {text}", flush=True)
print(f"client {CLIENT} {awscli.__version__}")
