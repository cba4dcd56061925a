"""One of the servers as the run sees it: clients, and what this server calls the queues, topics and messages."""
import json
import re

import botocore.exceptions
import botocore.session
from botocore.config import Config

from operation import Operation, resolve

REGION = "us-east-1"
MAX_PAGES = 20


def make_client(session, service, endpoint):
    # Nothing is checked or tried again on this side: what arrives is what the sequence says.
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, max_pool_connections=1,
                    read_timeout=60)
    return session.create_client(service, region_name=REGION, endpoint_url=endpoint, config=config,
                                 aws_access_key_id="test", aws_secret_access_key="test")


class Server:
    def __init__(self, name, endpoint):
        self.name = name
        session = botocore.session.Session()
        self.clients = {service: make_client(session, service, endpoint) for service in ("sqs", "sns")}
        self.urls = {}
        self.handles = {}  # queue -> body -> handles in the order in which they came
        self.topics = {}
        self.subscriptions = {}
        self.arn_start = "arn:aws:sqs:us-east-1:000000000000:"
        self.endpoint = endpoint
        self.learn_arn()

    def learn_arn(self):
        sqs = self.clients["sqs"]
        url = sqs.create_queue(QueueName="probe-of-the-arn")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.delete_queue(QueueUrl=url)
        self.arn_start = arn[: arn.rindex(":") + 1]
        self.url_start = url[: url.rindex("/") + 1]

    def url(self, queue):
        return self.urls.get(queue, self.url_start + queue)

    def queue_arn(self, queue):
        return self.arn_start + queue

    def topic_arn(self, topic):
        return self.topics.get(topic, self.arn_start.replace(":sqs:", ":sns:") + topic)

    def subscription_arn(self, name):
        return self.subscriptions.get(name, self.topic_arn("none") + ":00000000-0000-4000-8000-000000000000")

    def handle(self, wanted):
        known = self.handles.get(wanted.queue, {}).get(wanted.body)
        if not known:
            return "bm9uZQ=="
        return known[0] if wanted.first else known[-1]

    def call(self, operation: Operation):
        """The raw outcome: (reply, None) or (None, error); error is (code, status, headers)."""
        params = resolve(operation.params, self)
        if operation.pages is None:
            return self.call_once(operation, params)
        first = None
        collected, sizes = [], []
        for _ in range(MAX_PAGES):
            reply, error = self.call_once(operation, params)
            if error:
                return None, error
            first = first or reply
            page = reply.get(operation.pages, [])
            sizes.append(len(page))
            collected += page
            if not reply.get("NextToken"):
                break
            params = {**params, "NextToken": reply["NextToken"]}
        return {operation.pages: collected, "PageSizes": sizes, "ResponseMetadata": first["ResponseMetadata"]}, None

    def call_once(self, operation, params):
        client = self.clients[operation.service]
        try:
            try:
                return client._make_api_call(operation.name, params), None
            except botocore.exceptions.ConnectionClosedError:  # one that was idle for too long
                return client._make_api_call(operation.name, params), None
        except botocore.exceptions.ClientError as error:
            metadata = error.response.get("ResponseMetadata", {})
            return None, (str(error.response["Error"].get("Code", "")), metadata.get("HTTPStatusCode", 0),
                          metadata.get("HTTPHeaders", {}))
        except botocore.parsers.ResponseParserError:
            return None, ("reply that cannot be parsed", 500, {})

    def learn(self, operation, reply):
        """Keeps what later operations refer to."""
        if operation.learn:
            kind, name = operation.learn.split(":", 1)
            if kind == "queue":
                self.urls[name] = reply.get("QueueUrl", "")
            elif kind == "topic":
                self.topics[name] = reply.get("TopicArn", "")
            else:
                self.subscriptions[name] = reply.get("SubscriptionArn", "")
        if operation.name == "ReceiveMessage" and operation.subject:
            bodies = self.handles.setdefault(operation.subject, {})
            for message in reply.get("Messages", []):
                bodies.setdefault(identity(message), []).append(message["ReceiptHandle"])

    def remove(self, service, name):
        """Takes a queue or topic away, whether it is there or not."""
        try:
            if service == "sqs":
                self.clients["sqs"].delete_queue(QueueUrl=self.url(name))
            else:
                self.clients["sns"].delete_topic(TopicArn=self.topic_arn(name))
        except (botocore.exceptions.ClientError, botocore.parsers.ResponseParserError):
            pass
        self.urls.pop(name, None)
        self.handles.pop(name, None)


def identity(message):
    """The text that was sent: of a body in SNS's envelope its Message."""
    body = message.get("Body", "")
    if body.startswith("{") and '"TopicArn"' in body and re.search(r'"Type"\s*:\s*"Notification"', body):
        return json.loads(body).get("Message", body)
    return body
