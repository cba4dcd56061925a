"""One abstract operation: the same for all servers, with references in place of what each server names in its own way."""
import dataclasses

SQS_SERVERS = ("ours", "moto", "elasticmq")
SNS_SERVERS = ("ours", "moto")


@dataclasses.dataclass(frozen=True)
class Url:
    queue: str


@dataclasses.dataclass(frozen=True)
class Arn:
    """Of a queue; `of` is put around it, such as a policy that names it."""

    queue: str
    of: str = "{}"


@dataclasses.dataclass(frozen=True)
class Handle:
    """The receipt handle of a message, known by its body: the latest, or the first one that was handed out."""

    queue: str
    body: str
    first: bool = False


@dataclasses.dataclass(frozen=True)
class Topic:
    name: str


@dataclasses.dataclass(frozen=True)
class Subscription:
    name: str


@dataclasses.dataclass
class Operation:
    service: str
    name: str  # of the API, such as SendMessage
    input: str  # the class of its input, which is part of a difference's kind
    params: dict
    subject: str | None = None  # the queue or topic that is made anew everywhere when the servers disagree
    changes: bool = False  # whether success changes the subject
    scratch: str | None = None  # a queue or topic that must not be there afterwards, whoever accepted it
    pages: tuple | None = None  # (member of the reply): follow NextToken to the end
    ordered: bool = False  # whether the order of a group of a FIFO queue can be seen in the reply
    count_only: bool = False  # which messages come is left open by the service: only their number is compared
    renew: bool = False  # the subject is made anew afterwards in any case
    learn: str | None = None  # what the reply tells: "queue:NAME", "topic:NAME", "subscription:NAME"
    servers: tuple = SQS_SERVERS
    then: object = None  # called with the world and our normalised outcome


def resolve(value, server):
    """With the server's own URLs, ARNs and handles."""
    if isinstance(value, Url):
        return server.url(value.queue)
    if isinstance(value, Arn):
        return value.of.replace("{}", server.queue_arn(value.queue))
    if isinstance(value, Handle):
        return server.handle(value)
    if isinstance(value, Topic):
        return server.topic_arn(value.name)
    if isinstance(value, Subscription):
        return server.subscription_arn(value.name)
    if isinstance(value, dict):
        return {key: resolve(one, server) for key, one in value.items()}
    if isinstance(value, list):
        return [resolve(one, server) for one in value]
    return value
