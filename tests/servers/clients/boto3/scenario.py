"""What checks.txt lists, by boto3. Endpoint, keys and certificates come from the environment, as for every program."""

import hashlib
import json
import os
import threading
import time
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SETTINGS = Config(retries={"max_attempts": 1})
sqs = boto3.client("sqs", config=SETTINGS)
sns = boto3.client("sns", config=SETTINGS)
sts = boto3.client("sts", config=SETTINGS)


def of_other(service):
    return boto3.client(
        service,
        aws_access_key_id=os.environ["OTHER_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["OTHER_SECRET_ACCESS_KEY"],
        config=SETTINGS,
    )


ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ACCOUNT = "000000000000"
OTHER = os.environ["OTHER_ACCOUNT"]
UNICODE = "grüße €😀 <&>\"'\\ \t\r\n]]>"
ATTRIBUTES = {
    "kind": {"DataType": "String", "StringValue": "grün"},
    "count": {"DataType": "Number.int", "StringValue": "42"},
    "blob": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xfe\xff"},
}
ATTRIBUTES_MD5 = os.environ["ATTRIBUTES_MD5"]

checks = []


def check(function):
    checks.append(function)
    return function


def expect(what, wanted=True):
    if what != wanted:
        raise AssertionError(f"{what!r} instead of {wanted!r}")


def fails(code, function, type=None, status=None, **arguments):
    try:
        answer = function(**arguments)
    except ClientError as error:
        expect(error.response["Error"]["Code"], code)
        if type is not None:
            expect(isinstance(error, type))
        if status is not None:
            expect(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
    else:
        raise AssertionError(f"it succeeded: {answer}")


def arn(name, account=ACCOUNT):
    return f"arn:aws:sqs:us-east-1:{account}:{name}"


def queue(name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def receive(url, maximum=10, client=sqs, **more):
    return client.receive_message(QueueUrl=url, MaxNumberOfMessages=maximum, **more).get("Messages", [])


def take(url, maximum=10, **more):
    """Receives and deletes."""
    got = receive(url, maximum, **more)
    for one in got:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return got


def bodies(messages):
    return [one["Body"] for one in messages]


def messages_of(name):
    """The Message of each envelope."""
    return [json.loads(one["Body"])["Message"] for one in take(url[name])]


url = {}
topic = {}
subscription = {}


@check
def queue_create():
    url["plain"] = queue("plain", VisibilityTimeout="40")
    expect(url["plain"], f"{ENDPOINT}/{ACCOUNT}/plain")


@check
def queue_create_same():
    expect(queue("plain", VisibilityTimeout="40"), url["plain"])


@check
def queue_create_differs():
    fails("QueueAlreadyExists", queue, sqs.exceptions.QueueNameExists, name="plain", VisibilityTimeout="41")


@check
def queue_create_bad_name():
    fails("InvalidParameterValue", queue, name="a b")


@check
def queue_url():
    expect(sqs.get_queue_url(QueueName="plain")["QueueUrl"], url["plain"])


@check
def queue_url_missing():
    fails(
        "AWS.SimpleQueueService.NonExistentQueue",
        sqs.get_queue_url,
        sqs.exceptions.QueueDoesNotExist,
        status=400,
        QueueName="missing",
    )


@check
def queue_list_pages():
    made = [queue(f"page-{one}") for one in "abc"]
    pages = list(
        sqs.get_paginator("list_queues").paginate(QueueNamePrefix="page-", PaginationConfig={"PageSize": 1})
    )
    expect(len(pages), 3)
    expect([one for page in pages for one in page["QueueUrls"]], made)


@check
def queue_attributes():
    sqs.set_queue_attributes(QueueUrl=url["plain"], Attributes={"VisibilityTimeout": "45", "DelaySeconds": "0"})
    got = sqs.get_queue_attributes(QueueUrl=url["plain"], AttributeNames=["All"])["Attributes"]
    expect(got["VisibilityTimeout"], "45")
    expect(got["QueueArn"], arn("plain"))
    expect(got["MaximumMessageSize"], "1048576")
    expect(got["ApproximateNumberOfMessages"], "0")


@check
def queue_attribute_unknown():
    fails(
        "InvalidAttributeName",
        sqs.set_queue_attributes,
        sqs.exceptions.InvalidAttributeName,
        QueueUrl=url["plain"],
        Attributes={"Nonsense": "1"},
    )


@check
def queue_tags():
    sqs.tag_queue(QueueUrl=url["plain"], Tags={"team": "billing", "cost": "ä&b"})
    sqs.untag_queue(QueueUrl=url["plain"], TagKeys=["team"])
    expect(sqs.list_queue_tags(QueueUrl=url["plain"])["Tags"], {"cost": "ä&b"})


@check
def send_md5():
    sent = sqs.send_message(QueueUrl=url["plain"], MessageBody="hello")
    expect(sent["MD5OfMessageBody"], hashlib.md5(b"hello").hexdigest())
    got = take(url["plain"])
    expect([(one["Body"], one["MessageId"]) for one in got], [("hello", sent["MessageId"])])


@check
def send_unicode():
    sqs.send_message(QueueUrl=url["plain"], MessageBody=UNICODE)
    expect(bodies(take(url["plain"])), [UNICODE])


@check
def send_attributes_md5():
    sent = sqs.send_message(QueueUrl=url["plain"], MessageBody="with", MessageAttributes=ATTRIBUTES)
    expect(sent["MD5OfMessageAttributes"], ATTRIBUTES_MD5)


@check
def receive_attributes():
    (got,) = receive(url["plain"], MessageAttributeNames=["All"], VisibilityTimeout=0)
    expect(got["MessageAttributes"], ATTRIBUTES)
    expect(got["MD5OfMessageAttributes"], ATTRIBUTES_MD5)


@check
def receive_attributes_named():
    (got,) = receive(url["plain"], MessageAttributeNames=["cou.*"], VisibilityTimeout=0)
    expect(got["MessageAttributes"], {"count": ATTRIBUTES["count"]})


@check
def receive_attributes_unasked():
    (got,) = take(url["plain"])
    expect("MessageAttributes" in got or "Attributes" in got, False)


@check
def receive_system_attributes():
    before = time.time() * 1000
    sqs.send_message(QueueUrl=url["plain"], MessageBody="system")
    (got,) = take(url["plain"], MessageSystemAttributeNames=["All"])
    expect(got["Attributes"]["SenderId"], ACCOUNT)
    expect(got["Attributes"]["ApproximateReceiveCount"], "1")
    expect(abs(int(got["Attributes"]["SentTimestamp"]) - before) < 60_000)
    expect(int(got["Attributes"]["ApproximateFirstReceiveTimestamp"]) >= int(got["Attributes"]["SentTimestamp"]))


@check
def trace_header():
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    sent = sqs.send_message(
        QueueUrl=url["plain"],
        MessageBody="traced",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": trace}},
    )
    expect(sent["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
    (got,) = take(url["plain"], AttributeNames=["AWSTraceHeader"])
    expect(got["Attributes"], {"AWSTraceHeader": trace})


@check
def visibility_hidden():
    sqs.send_message(QueueUrl=url["plain"], MessageBody="seen")
    url["handle"] = receive(url["plain"])[0]["ReceiptHandle"]
    expect(receive(url["plain"]), [])


@check
def visibility_zero():
    sqs.change_message_visibility(QueueUrl=url["plain"], ReceiptHandle=url["handle"], VisibilityTimeout=0)
    (got,) = receive(url["plain"], AttributeNames=["ApproximateReceiveCount"])
    expect(got["Attributes"]["ApproximateReceiveCount"], "2")
    url["handle"] = got["ReceiptHandle"]


@check
def delete():
    sqs.delete_message(QueueUrl=url["plain"], ReceiptHandle=url["handle"])
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    got = sqs.get_queue_attributes(QueueUrl=url["plain"], AttributeNames=names)["Attributes"]
    expect(got, {one: "0" for one in names})


@check
def receipt_handle_invalid():
    fails(
        "ReceiptHandleIsInvalid",
        sqs.delete_message,
        sqs.exceptions.ReceiptHandleIsInvalid,
        QueueUrl=url["plain"],
        ReceiptHandle="garbage",
    )


@check
def send_illegal_character():
    fails(
        "InvalidMessageContents",
        sqs.send_message,
        sqs.exceptions.InvalidMessageContents,
        QueueUrl=url["plain"],
        MessageBody="a\u0001b",
    )


@check
def send_1_mib():
    body = "x" * 1_048_576
    sqs.send_message(QueueUrl=url["plain"], MessageBody=body)
    expect(bodies(take(url["plain"])) == [body])


@check
def send_too_long():
    fails("InvalidParameterValue", sqs.send_message, QueueUrl=url["plain"], MessageBody="x" * 1_048_577)


@check
def send_missing_queue():
    fails(
        "AWS.SimpleQueueService.NonExistentQueue",
        sqs.send_message,
        sqs.exceptions.QueueDoesNotExist,
        QueueUrl=f"{ENDPOINT}/{ACCOUNT}/missing",
        MessageBody="lost",
    )


@check
def send_by_host_style_url():
    for host in ["queue.amazonaws.com", "us-east-1.queue.amazonaws.com", "sqs.us-east-1.amazonaws.com"]:
        sqs.send_message(QueueUrl=f"https://{host}/{ACCOUNT}/plain", MessageBody=host)
        expect(bodies(take(url["plain"])), [host])


@check
def delay():
    sqs.send_message(QueueUrl=url["plain"], MessageBody="much later", DelaySeconds=900)
    expect(take(url["plain"]), [])
    sqs.send_message(QueueUrl=url["plain"], MessageBody="later", DelaySeconds=1)
    expect(bodies(take(url["plain"], WaitTimeSeconds=20)), ["later"])


@check
def long_poll_empty():
    before = time.monotonic()
    expect(receive(url["plain"], WaitTimeSeconds=1), [])
    expect(time.monotonic() - before >= 0.99)


@check
def long_poll_wakes():
    got = []
    poll = threading.Thread(target=lambda: got.extend(take(url["plain"], WaitTimeSeconds=20)))
    before = time.monotonic()
    poll.start()
    sqs.send_message(QueueUrl=url["plain"], MessageBody="wake")
    poll.join()
    expect(bodies(got), ["wake"])
    expect(time.monotonic() - before < 15)


def entries(*bodies):
    return [{"Id": f"e{at}", "MessageBody": body} for at, body in enumerate(bodies)]


@check
def batch_send():
    url["batch"] = queue("batch")
    sent = sqs.send_message_batch(QueueUrl=url["batch"], Entries=entries("one", "two", "three"))
    expect("Failed" in sent, False)
    expect([one["Id"] for one in sent["Successful"]], ["e0", "e1", "e2"])
    expect(sent["Successful"][1]["MD5OfMessageBody"], hashlib.md5(b"two").hexdigest())


@check
def batch_receive():
    url["batch-got"] = receive(url["batch"])
    expect(sorted(bodies(url["batch-got"])), ["one", "three", "two"])


@check
def batch_visibility():
    changes = [
        {"Id": f"c{at}", "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
        for at, one in enumerate(url["batch-got"])
    ]
    answer = sqs.change_message_visibility_batch(QueueUrl=url["batch"], Entries=changes)
    expect(len(answer["Successful"]), 3)
    url["batch-got"] = receive(url["batch"])
    expect(len(url["batch-got"]), 3)


@check
def batch_delete():
    handles = [
        {"Id": f"d{at}", "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(url["batch-got"])
    ]
    handles.append({"Id": "bad", "ReceiptHandle": "garbage"})
    answer = sqs.delete_message_batch(QueueUrl=url["batch"], Entries=handles)
    expect([one["Id"] for one in answer["Successful"]], ["d0", "d1", "d2"])
    expect([(one["Id"], one["Code"]) for one in answer["Failed"]], [("bad", "ReceiptHandleIsInvalid")])


@check
def batch_partial_failure():
    answer = sqs.send_message_batch(QueueUrl=url["batch"], Entries=entries("good", "b\u0001d"))
    expect([one["Id"] for one in answer["Successful"]], ["e0"])
    (failed,) = answer["Failed"]
    expect((failed["Id"], failed["Code"], failed["SenderFault"]), ("e1", "InvalidMessageContents", True))
    expect(bodies(take(url["batch"])), ["good"])


def batch_fails(name, of):
    fails(
        f"AWS.SimpleQueueService.{name}",
        sqs.send_message_batch,
        getattr(sqs.exceptions, name),
        QueueUrl=url["batch"],
        Entries=of,
    )


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
    batch_fails("BatchRequestTooLong", entries("x" * 600_000, "y" * 600_000))


@check
def purge():
    sqs.send_message_batch(QueueUrl=url["batch"], Entries=entries("a", "b"))
    sqs.purge_queue(QueueUrl=url["batch"])
    expect(receive(url["batch"]), [])


@check
def purge_again():
    fails(
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        sqs.purge_queue,
        sqs.exceptions.PurgeQueueInProgress,
        status=403,
        QueueUrl=url["batch"],
    )


def send_fifo(body, group="g", name="fifo", **more):
    return sqs.send_message(QueueUrl=url[name], MessageBody=body, MessageGroupId=group, **more)


@check
def fifo_create():
    url["fifo"] = queue("plain.fifo", FifoQueue="true")
    got = sqs.get_queue_attributes(QueueUrl=url["fifo"], AttributeNames=["FifoQueue", "ContentBasedDeduplication"])
    expect(got["Attributes"], {"FifoQueue": "true", "ContentBasedDeduplication": "false"})


@check
def fifo_send():
    numbers = [
        send_fifo(body, MessageDeduplicationId=f"id-{body}")["SequenceNumber"] for body in ["one", "two", "three"]
    ]
    expect(len(set(numbers)), 3)
    expect(sorted(numbers, key=int), numbers)
    url["numbers"] = numbers


@check
def fifo_order():
    got = receive(url["fifo"], AttributeNames=["All"], ReceiveRequestAttemptId="first")
    expect(bodies(got), ["one", "two", "three"])
    url["fifo-got"] = got


@check
def fifo_attributes():
    of = url["fifo-got"][1]["Attributes"]
    expect((of["MessageGroupId"], of["MessageDeduplicationId"]), ("g", "id-two"))
    expect(of["SequenceNumber"], url["numbers"][1])


@check
def fifo_attempt():
    again = receive(url["fifo"], ReceiveRequestAttemptId="first")
    expect([one["MessageId"] for one in again], [one["MessageId"] for one in url["fifo-got"]])
    url["fifo-got"] = again


@check
def fifo_group_locked():
    send_fifo("four", MessageDeduplicationId="four")
    send_fifo("other", group="h", MessageDeduplicationId="other")
    got = receive(url["fifo"])
    expect(bodies(got), ["other"])
    for one in url["fifo-got"] + got:
        sqs.delete_message(QueueUrl=url["fifo"], ReceiptHandle=one["ReceiptHandle"])
    expect(bodies(take(url["fifo"])), ["four"])


@check
def fifo_deduplication():
    first = send_fifo("same", MessageDeduplicationId="same")
    second = send_fifo("another", MessageDeduplicationId="same")
    expect((second["MessageId"], second["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
    expect(bodies(take(url["fifo"])), ["same"])


@check
def fifo_content_deduplication():
    url["content"] = queue("content.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    first, second = send_fifo("x", name="content"), send_fifo("x", name="content")
    expect(second["MessageId"], first["MessageId"])
    (got,) = take(url["content"], AttributeNames=["MessageDeduplicationId"])
    expect(got["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"x").hexdigest())


@check
def fifo_no_group():
    fails("MissingParameter", sqs.send_message, QueueUrl=url["content"], MessageBody="x")


@check
def fifo_no_deduplication_id():
    fails("InvalidParameterValue", send_fifo, body="x")


@check
def dead_letter_move():
    url["dead"] = queue("dead")
    policy = json.dumps({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": "1"})
    url["source"] = queue("source", RedrivePolicy=policy)
    sqs.send_message(QueueUrl=url["source"], MessageBody="poison")
    expect(bodies(receive(url["source"], VisibilityTimeout=0)), ["poison"])
    expect(receive(url["source"]), [])
    url["dead-got"] = receive(url["dead"], AttributeNames=["All"], VisibilityTimeout=0)
    expect(bodies(url["dead-got"]), ["poison"])


@check
def dead_letter_source():
    expect(url["dead-got"][0]["Attributes"]["DeadLetterQueueSourceArn"], arn("source"))


@check
def dead_letter_sources():
    expect(sqs.list_dead_letter_source_queues(QueueUrl=url["dead"])["queueUrls"], [url["source"]])


@check
def dead_letter_redrive():
    expect(bool(sqs.start_message_move_task(SourceArn=arn("dead"))["TaskHandle"]))
    expect(bodies(take(url["source"], WaitTimeSeconds=20)), ["poison"])
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    expect((task["Status"], task["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", 1))


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
    sqs.set_queue_attributes(QueueUrl=url[name], Attributes={"Policy": json.dumps(policy)})


def subscribe_queue(name, to, **attributes):
    answer = sns.subscribe(
        TopicArn=topic[to], Protocol="sqs", Endpoint=arn(name), Attributes=attributes, ReturnSubscriptionArn=True
    )
    return answer["SubscriptionArn"]


def set_subscription(name, attribute, value):
    sns.set_subscription_attributes(
        SubscriptionArn=subscription[name], AttributeName=attribute, AttributeValue=value
    )


@check
def topic_create():
    topic["news"] = sns.create_topic(Name="news")["TopicArn"]
    expect(topic["news"], f"arn:aws:sns:us-east-1:{ACCOUNT}:news")
    expect(sns.create_topic(Name="news")["TopicArn"], topic["news"])


@check
def topic_attributes():
    sns.set_topic_attributes(TopicArn=topic["news"], AttributeName="DisplayName", AttributeValue="Nü<s>")
    got = sns.get_topic_attributes(TopicArn=topic["news"])["Attributes"]
    expect((got["DisplayName"], got["Owner"], got["TopicArn"]), ("Nü<s>", ACCOUNT, topic["news"]))


@check
def subscribe():
    for name in ["wrapped", "raw"]:
        url[name] = queue(name)
        let_in(name, topic["news"])
    subscription["wrapped"] = subscribe_queue("wrapped", "news")
    subscription["raw"] = subscribe_queue("raw", "news", RawMessageDelivery="true")
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic["news"])
    listed = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
    expect(sorted(listed), sorted(subscription.values()))


@check
def publish_envelope():
    sent = sns.publish(TopicArn=topic["news"], Message=UNICODE, Subject="Hi <you>", MessageAttributes=ATTRIBUTES)
    topic["sent"] = sent["MessageId"]
    (got,) = take(url["wrapped"])
    envelope = json.loads(got["Body"])
    expect((envelope["Type"], envelope["TopicArn"]), ("Notification", topic["news"]))
    expect((envelope["Message"], envelope["Subject"]), (UNICODE, "Hi <you>"))
    expect(envelope["MessageId"], sent["MessageId"])
    expect(envelope["MessageAttributes"]["blob"], {"Type": "Binary", "Value": "AAH+/w=="})


@check
def publish_raw():
    (got,) = take(url["raw"], MessageAttributeNames=["All"])
    expect((got["Body"], got["MessageAttributes"]), (UNICODE, ATTRIBUTES))
    expect(got["MD5OfMessageAttributes"], ATTRIBUTES_MD5)


@check
def publish_structure():
    texts = json.dumps({"default": "for all", "sqs": "for queues"})
    sns.publish(TopicArn=topic["news"], Message=texts, MessageStructure="json")
    expect(bodies(take(url["raw"])), ["for queues"])
    expect(messages_of("wrapped"), ["for queues"])


@check
def publish_batch():
    of = [{"Id": "a", "Message": "A"}, {"Id": "b", "Message": "B"}, {"Id": "c", "Message": "C", "Subject": "new\nline"}]
    answer = sns.publish_batch(TopicArn=topic["news"], PublishBatchRequestEntries=of)
    expect([one["Id"] for one in answer["Successful"]], ["a", "b"])
    expect([(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]], [("c", "InvalidParameter", True)])
    expect(sorted(bodies(take(url["raw"]))), ["A", "B"])
    expect(sorted(messages_of("wrapped")), ["A", "B"])


@check
def publish_batch_same_ids():
    fails(
        "BatchEntryIdsNotDistinct",
        sns.publish_batch,
        sns.exceptions.BatchEntryIdsNotDistinctException,
        TopicArn=topic["news"],
        PublishBatchRequestEntries=[{"Id": "a", "Message": "A"}, {"Id": "a", "Message": "B"}],
    )


@check
def publish_missing_topic():
    missing = topic["news"] + "-missing"
    fails("NotFound", sns.publish, sns.exceptions.NotFoundException, status=404, TopicArn=missing, Message="x")


def publish_with(**attributes):
    made = {
        name: {"DataType": "Number" if value.isdigit() else "String", "StringValue": value}
        for name, value in attributes.items()
    }
    sns.publish(TopicArn=topic["news"], Message=" ".join(attributes.values()), MessageAttributes=made)


@check
def filter_attributes():
    set_subscription("wrapped", "FilterPolicy", json.dumps({"kind": ["order", {"prefix": "inv"}]}))
    for kind in ["order", "refund", "invoice"]:
        publish_with(kind=kind)
    expect(sorted(messages_of("wrapped")), ["invoice", "order"])
    expect(sorted(bodies(take(url["raw"]))), ["invoice", "order", "refund"])


@check
def filter_numbers():
    set_subscription("wrapped", "FilterPolicy", json.dumps({"price": [{"numeric": [">=", 10, "<", 100]}]}))
    for price in ["9", "10", "99", "100"]:
        publish_with(price=price)
    expect(sorted(messages_of("wrapped")), ["10", "99"])
    expect(len(take(url["raw"])), 4)


@check
def filter_body():
    set_subscription("wrapped", "FilterPolicyScope", "MessageBody")
    set_subscription("wrapped", "FilterPolicy", json.dumps({"order": {"state": ["paid"]}}))
    for state in ["open", "paid"]:
        sns.publish(TopicArn=topic["news"], Message=json.dumps({"order": {"state": state}}))
    expect([json.loads(one)["order"]["state"] for one in messages_of("wrapped")], ["paid"])
    expect(len(take(url["raw"])), 2)


@check
def filter_invalid():
    fails(
        "InvalidParameter",
        sns.set_subscription_attributes,
        sns.exceptions.InvalidParameterException,
        SubscriptionArn=subscription["wrapped"],
        AttributeName="FilterPolicy",
        AttributeValue='{"kind": "no list"}',
    )


@check
def subscription_dead_letters():
    url["closed"] = queue("closed")  # without a policy: nobody is let in
    let_in("dead", topic["news"])
    subscription["closed"] = subscribe_queue(
        "closed", "news", RawMessageDelivery="true", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn("dead")})
    )
    sns.publish(TopicArn=topic["news"], Message="refused")
    expect(bodies(take(url["dead"])), ["refused"])
    take(url["raw"])


@check
def unsubscribe():
    sns.unsubscribe(SubscriptionArn=subscription["raw"])
    sns.publish(TopicArn=topic["news"], Message="nobody hears")
    expect(receive(url["raw"]), [])


@check
def topic_fifo():
    topic["fifo"] = sns.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    let_in("fifo", topic["fifo"])
    subscribe_queue("plain.fifo", "fifo", RawMessageDelivery="true")
    numbers = []
    for body in ["one", "two"]:
        sent = sns.publish(TopicArn=topic["fifo"], Message=body, MessageGroupId="g", MessageDeduplicationId=body)
        numbers.append(int(sent["SequenceNumber"]))
    expect(numbers[0] < numbers[1])
    got = take(url["fifo"], AttributeNames=["MessageGroupId"])
    expect([(one["Body"], one["Attributes"]["MessageGroupId"]) for one in got], [("one", "g"), ("two", "g")])


@check
def topic_fifo_deduplication():
    sns.publish(TopicArn=topic["fifo"], Message="again", MessageGroupId="g", MessageDeduplicationId="one")
    expect(receive(url["fifo"]), [])


@check
def topic_delete():
    sns.delete_topic(TopicArn=topic["fifo"])
    fails("NotFound", sns.get_topic_attributes, sns.exceptions.NotFoundException, TopicArn=topic["fifo"])


@check
def identity():
    got = sts.get_caller_identity()
    expect((got["Account"], got["Arn"]), (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"))


@check
def assume_role():
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    got = session.client("sts").get_caller_identity()["Arn"]
    expect(got, f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/test")
    expect(session.client("sqs").get_queue_url(QueueName="plain")["QueueUrl"], url["plain"])


other_sqs = of_other("sqs")
MISSING = "AWS.SimpleQueueService.NonExistentQueue"


@check
def other_account_url_denied():
    arguments = {"QueueName": "plain", "QueueOwnerAWSAccountId": ACCOUNT}
    fails(MISSING, other_sqs.get_queue_url, other_sqs.exceptions.QueueDoesNotExist, **arguments)


@check
def other_account_send_denied():
    fails("AccessDenied", other_sqs.send_message, status=403, QueueUrl=url["plain"], MessageBody="x")


@check
def other_account_url():
    sqs.add_permission(
        QueueUrl=url["plain"], Label="other", AWSAccountIds=[OTHER], Actions=["SendMessage", "GetQueueUrl"]
    )
    got = other_sqs.get_queue_url(QueueName="plain", QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"]
    expect(got, url["plain"])


@check
def other_account_send():
    other_sqs.send_message(QueueUrl=url["plain"], MessageBody="from afar")
    fails("AccessDenied", other_sqs.receive_message, QueueUrl=url["plain"])
    (got,) = take(url["plain"], AttributeNames=["SenderId"])
    expect((got["Body"], got["Attributes"]["SenderId"]), ("from afar", OTHER))


@check
def other_account_denied_again():
    sqs.remove_permission(QueueUrl=url["plain"], Label="other")
    fails("AccessDenied", other_sqs.send_message, QueueUrl=url["plain"], MessageBody="x")


@check
def other_account_topic():
    other_sns = of_other("sns")
    foreign = other_sns.create_topic(Name="foreign")["TopicArn"]
    expect(foreign, f"arn:aws:sns:us-east-1:{OTHER}:foreign")
    let_in("plain", foreign)
    other_sns.subscribe(
        TopicArn=foreign, Protocol="sqs", Endpoint=arn("plain"), Attributes={"RawMessageDelivery": "true"}
    )
    other_sns.publish(TopicArn=foreign, Message="across")
    expect(bodies(take(url["plain"])), ["across"])


def with_keys(service, key, secret):
    return boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret, config=SETTINGS)


@check
def wrong_secret():
    # botocore shows the code of the Query protocol where it is told.
    fails("SignatureDoesNotMatch", with_keys("sqs", "test", "wrong").list_queues, status=403)
    fails("SignatureDoesNotMatch", with_keys("sns", "test", "wrong").list_topics, status=403)


@check
def unknown_key():
    fails("InvalidClientTokenId", with_keys("sqs", "nobody", "test").list_queues, status=403)
    fails("InvalidClientTokenId", with_keys("sns", "nobody", "test").list_topics, status=403)


@check
def queue_delete():
    sqs.delete_queue(QueueUrl=url["plain"])
    fails(MISSING, sqs.get_queue_url, sqs.exceptions.QueueDoesNotExist, QueueName="plain")


for one in checks:
    name = one.__name__.replace("_", "-")
    try:
        one()
        print(f"ok {name}", flush=True)
    except Exception as why:
        at = traceback.extract_tb(why.__traceback__)[-1]
        print(f"FAILED {name}: line {at.lineno}: {type(why).__name__}: {why}", flush=True)
print(f"client boto3 {boto3.__version__}")
