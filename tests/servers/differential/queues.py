"""Operations of SQS on queues: create, find, list, set, tag, permit, purge, delete."""
import json

from operation import Arn, Operation, Url
from world import LONGEST_LIFE, MOST_MESSAGES, Queue

STEADY = {"VisibilityTimeout": "3600"}  # nothing comes back by itself while the sequence runs
RANGES = {"DelaySeconds": (0, 900), "MaximumMessageSize": (1024, 1048576), "MessageRetentionPeriod": (60, 1209600),
          "ReceiveMessageWaitTimeSeconds": (0, 20), "VisibilityTimeout": (0, 43200),
          "KmsDataKeyReusePeriodSeconds": (60, 86400)}
MOST_QUEUES = 12


def good_attributes(random, fifo):
    out = dict(STEADY)
    choices = [("MaximumMessageSize", ["1024", "4096", "262144", "1048576"]),
               ("MessageRetentionPeriod", ["3600", "1209600"]),
               ("ReceiveMessageWaitTimeSeconds", ["0", "20"]), ("VisibilityTimeout", ["7200", "43200"])]
    if fifo:
        choices += [("ContentBasedDeduplication", ["true", "false"])]
    for name, values in random.sample(choices, random.randint(0, 3)):
        out[name] = random.choice(values)
    return out


def bad_attribute(random, fifo):
    name = random.choice(list(RANGES))
    low, high = RANGES[name]
    cases = [(f"{name} below its range", {name: str(low - 1)}), (f"{name} above its range", {name: str(high + 1)}),
             (f"{name} no number", {name: "many"}), ("unknown attribute", {"Colour": "red"}),
             ("attribute that is read only", {"QueueArn": "arn:aws:sqs:us-east-1:000000000000:x"}),
             ("Policy that is no JSON", {"Policy": "{"}),
             ("SqsManagedSseEnabled neither true nor false", {"SqsManagedSseEnabled": "maybe"}),
             ("RedrivePolicy that is no JSON", {"RedrivePolicy": "x"}),
             ("RedrivePolicy without target", {"RedrivePolicy": '{"maxReceiveCount":"3"}'}),
             ("RedrivePolicy without count", {"RedrivePolicy": Arn("x", '{"deadLetterTargetArn":"{}"}')}),
             ("RedrivePolicy to a queue that is not there", {"RedrivePolicy": redrive("not-there", 3)}),
             ("RedriveAllowPolicy that is no JSON", {"RedriveAllowPolicy": "x"}),
             ("RedriveAllowPolicy of an unknown kind", {"RedriveAllowPolicy": '{"redrivePermission":"some"}'})]
    if fifo:
        cases += [("ContentBasedDeduplication neither true nor false", {"ContentBasedDeduplication": "maybe"}),
                  ("DeduplicationScope unknown", {"DeduplicationScope": "all"}),
                  ("FifoThroughputLimit unknown", {"FifoThroughputLimit": "none"}),
                  ("FifoThroughputLimit without its scope", {"FifoThroughputLimit": "perMessageGroupId",
                                                             "DeduplicationScope": "queue"})]
    else:
        cases += [("ContentBasedDeduplication of a standard queue", {"ContentBasedDeduplication": "true"}),
                  ("DeduplicationScope of a standard queue", {"DeduplicationScope": "queue"}),
                  ("FifoThroughputLimit of a standard queue", {"FifoThroughputLimit": "perQueue"})]
    return random.choice(cases)


def redrive(queue, count):
    return Arn(queue, '{"deadLetterTargetArn":"{}","maxReceiveCount":' + json.dumps(count) + "}")


def policy_for_topics(queue):
    return Arn(queue, '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":'
                      '"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"{}"}]}')


class QueueOperations:
    """A mixin of the generator: each method gives an operation, or None where the world has nothing for it."""

    def new_queue(self, fifo=None, fan=False, dead_letters=None, sink=False):
        fifo = self.random.random() < 0.45 if fifo is None else fifo
        name = f"{'fan' if fan else 'sink' if sink else 'run'}-{self.world.next_number()}" + (".fifo" if fifo else "")
        attributes = good_attributes(self.random, fifo)
        if sink:
            attributes.pop("ContentBasedDeduplication", None)
        kind = "FIFO" if fifo else "standard"
        if fifo:
            attributes["FifoQueue"] = "true"
            if self.random.random() < 0.2:
                attributes |= {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
                kind = "FIFO of high throughput"
        params = {"QueueName": name, "Attributes": attributes}
        made = Queue(name, fifo, attributes.get("ContentBasedDeduplication") == "true", dict(attributes),
                     self.random.choice([1, 1, 3]) if fifo else 1, dead_letters, fan=fan, sink=sink)
        if dead_letters:
            attributes["RedrivePolicy"] = redrive(dead_letters, self.random.choice([1, 2, "3"]))
            kind += " with dead-letter queue"
        if fan:
            attributes["Policy"] = policy_for_topics(name)
        if not fifo and not fan and not sink and self.random.random() < 0.05:
            params["Attributes"]["DelaySeconds"] = "900"
            made.attributes["DelaySeconds"] = "900"
            kind += " with delay"
        if self.random.random() < 0.15:
            params["tags"] = {"team": "blue", "größe": "ä"}
            made.tags = set(params["tags"])
            kind += " with tags"

        def then(world, outcome):
            if outcome["ok"]:
                world.add(made)
                if dead_letters in world.queues:
                    world.queues[dead_letters].is_dead_letters = True
        return self.sqs("CreateQueue", kind, params, subject=name, changes=True, learn=f"queue:{name}", then=then,
                        fan=fan)

    def create_queue(self):
        if len([queue for queue in self.world.queues.values() if not queue.fan and not queue.sink]) >= MOST_QUEUES:
            return self.delete_queue()
        if self.random.random() < 0.3:
            target = self.world.pick(lambda queue: not queue.dead_letters and
                                     self.world.operations - queue.born < LONGEST_LIFE / 2)
            if target:
                return self.new_queue(target.fifo, dead_letters=target.name)
        return self.new_queue()

    def create_queue_badly(self):
        fifo = self.random.random() < 0.3
        name = f"bad-{self.world.next_number()}" + (".fifo" if fifo else "")
        kind, attributes = bad_attribute(self.random, fifo)
        if fifo:
            attributes = {"FifoQueue": "true", **attributes}
        cases = [(kind, name, attributes)] * 6 + [
            ("FIFO name without FifoQueue", f"bad-{name.removesuffix('.fifo')}.fifo", {}),
            ("FIFO name with FifoQueue=false", f"bad-{name.removesuffix('.fifo')}.fifo", {"FifoQueue": "false"}),
            ("FifoQueue without FIFO name", name.removesuffix(".fifo"), {"FifoQueue": "true"}),
            ("FifoQueue=false on a standard queue", name.removesuffix(".fifo"), {"FifoQueue": "false"}),
            ("name of 81 characters", "b" * 81, {}), ("name with a dot", "bad.name", {}),
            ("name with a blank", "bad name", {}), ("name with an umlaut", "größe", {}), ("empty name", "", {}),
            ("no name", None, {})]
        kind, name, attributes = self.random.choice(cases)
        params = {"Attributes": attributes} if attributes else {}
        if name is not None:
            params["QueueName"] = name
        return self.sqs("CreateQueue", kind, params, scratch=name)

    def create_queue_again(self):
        queue = self.world.pick(lambda queue: queue.attributes)
        if not queue:
            return None
        same = {key: value for key, value in queue.attributes.items()}
        kind, attributes = self.random.choice([
            ("again with the same attributes", same),
            ("again without attributes", {"FifoQueue": "true"} if queue.fifo else {}),
            ("again with another value", {**same, "MessageRetentionPeriod": "7200"}),
            ("again with a value of its default", {**same, "SqsManagedSseEnabled": "true"})])
        return self.sqs("CreateQueue", kind, {"QueueName": queue.name, "Attributes": attributes}, subject=queue.name)

    def get_queue_url(self):
        queue = self.world.pick()
        kind, params = self.random.choice([
            ("queue that is there", {"QueueName": queue.name if queue else "none"}),
            ("queue that is not there", {"QueueName": "not-there"}), ("empty name", {"QueueName": ""}),
            ("no name", {}), ("other account", {"QueueName": queue.name if queue else "none",
                                               "QueueOwnerAWSAccountId": "999999999999"})])
        if kind != "queue that is there" or queue:
            return self.sqs("GetQueueUrl", kind, params)
        return None

    def list_queues(self):
        kind, params, pages = self.random.choice([
            ("prefix of all", {"QueueNamePrefix": "run-"}, None), ("prefix of some", {"QueueNamePrefix": "run-1"}, None),
            ("prefix of none", {"QueueNamePrefix": "not-there"}, None),
            ("pages of 2", {"QueueNamePrefix": "run-", "MaxResults": 2}, "QueueUrls"),
            ("MaxResults 0", {"QueueNamePrefix": "run-", "MaxResults": 0}, None),
            ("MaxResults 1001", {"QueueNamePrefix": "run-", "MaxResults": 1001}, None),
            ("token that is none", {"QueueNamePrefix": "run-", "MaxResults": 2, "NextToken": "x"}, None)])
        return self.sqs("ListQueues", kind, params, pages=pages)

    def get_queue_attributes(self):
        queue = self.world.pick()
        kind, names = self.random.choice([
            ("All", ["All"]), ("All", ["All"]), ("All", ["All"]), ("some", ["QueueArn", "VisibilityTimeout"]),
            ("counts", ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                        "ApproximateNumberOfMessagesDelayed"]), ("no names", None), ("empty list", []),
            ("unknown attribute", ["Colour"]), ("attributes that are not set", ["Policy", "RedrivePolicy", "KmsMasterKeyId"]),
            ("one known, one unknown", ["QueueArn", "Colour"]), ("FIFO attributes", ["FifoQueue", "DeduplicationScope"]),
            ("queue that is not there", ["All"])])
        if kind == "queue that is not there":
            return self.sqs("GetQueueAttributes", kind, {"QueueUrl": Url("not-there"), "AttributeNames": names})
        if not queue:
            return None
        if kind in ("All", "FIFO attributes"):
            kind += " of a FIFO queue" if queue.fifo else " of a standard queue"
        params = {"QueueUrl": Url(queue.name)}
        if names is not None:
            params["AttributeNames"] = names
        return self.sqs("GetQueueAttributes", kind, params, subject=queue.name)

    def set_queue_attributes(self):
        queue = self.world.pick(lambda queue: not queue.is_dead_letters)
        if not queue:
            return None
        if self.random.random() < 0.5:
            fifo = queue.fifo
            queue = self.world.sink(fifo)
            if not queue:
                return self.new_queue(fifo, sink=True)
            kind, attributes = bad_attribute(self.random, queue.fifo)
            cases = [(kind, attributes)] * 8 + [
                ("FifoQueue of a standard queue" if not queue.fifo else "FifoQueue=false of a FIFO queue",
                 {"FifoQueue": "false" if queue.fifo else "true"}),
                ("no attributes", {}),
                self.other_type(queue),
                ("maxReceiveCount 0", {"RedrivePolicy": redrive(queue.name, 0)}),
                ("maxReceiveCount 1001", {"RedrivePolicy": redrive(queue.name, 1001)}),
                ("its own dead-letter queue", {"RedrivePolicy": redrive(queue.name, 3)})]
            kind, attributes = self.random.choice(cases)
        else:
            attributes = good_attributes(self.random, queue.fifo)
            attributes.pop("ContentBasedDeduplication", None)
            kind = "good values"
            other = self.random.random()
            if other < 0.15:
                kind, attributes = "Policy", {"Policy": policy_for_topics(queue.name)}
            elif other < 0.25:
                kind, attributes = "Policy taken away", {"Policy": ""}
            elif other < 0.32 and not queue.dead_letters:
                kind, attributes = "RedrivePolicy taken away", {"RedrivePolicy": ""}
            elif other < 0.4:
                kind, attributes = "RedriveAllowPolicy", {"RedriveAllowPolicy": '{"redrivePermission":"allowAll"}'}

        def then(world, outcome):
            if outcome["ok"]:
                queue.attributes.update({key: value for key, value in attributes.items() if isinstance(value, str)})
        return self.sqs("SetQueueAttributes", kind, {"QueueUrl": Url(queue.name), "Attributes": attributes},
                        subject=queue.name, changes=True, then=then)

    def other_type(self, queue):
        other = self.world.pick(lambda one: one.fifo != queue.fifo)
        if other:
            return "dead-letter queue of the other type", {"RedrivePolicy": redrive(other.name, 3)}
        return "RedrivePolicy to a queue that is not there", {"RedrivePolicy": redrive("not-there", 3)}

    def purge_queue(self):
        queue = self.world.pick()
        if not queue:
            return self.sqs("PurgeQueue", "queue that is not there", {"QueueUrl": Url("not-there")})
        kind = "twice within a minute" if queue.purged else "queue that is there"

        def then(world, outcome):
            if outcome["ok"]:
                queue.empty()
        return self.sqs("PurgeQueue", kind, {"QueueUrl": Url(queue.name)}, subject=queue.name, changes=True, then=then)

    def delete_queue(self, full=False, queue=None):
        queue = queue or self.world.pick(lambda queue: not queue.is_dead_letters and
                                (len(queue.sent) >= MOST_MESSAGES or not full))
        if full and not queue:
            return None
        if not queue or (not full and self.random.random() < 0.1):
            return self.sqs("DeleteQueue", "queue that is not there", {"QueueUrl": Url("not-there")})

        def then(world, outcome):
            if outcome["ok"]:
                world.queues.pop(queue.name, None)
                if queue.dead_letters in world.queues:
                    world.queues[queue.dead_letters].is_dead_letters = any(
                        one.dead_letters == queue.dead_letters for one in world.queues.values())
        return self.sqs("DeleteQueue", "queue that is there", {"QueueUrl": Url(queue.name)}, subject=queue.name,
                        changes=True, then=then)

    def list_dead_letter_sources(self):
        target = self.world.pick(lambda queue: queue.is_dead_letters) or self.world.pick()
        if not target:
            return None
        kind = "dead-letter queue" if target.is_dead_letters else "queue that is none"
        if self.random.random() < 0.2:
            return self.sqs("ListDeadLetterSourceQueues", "queue that is not there", {"QueueUrl": Url("not-there")})
        return self.sqs("ListDeadLetterSourceQueues", kind, {"QueueUrl": Url(target.name)}, subject=target.name)

    def queue_tags(self):
        queue = self.world.pick()
        if not queue:
            return None
        number = self.world.next_number() % 7
        name, kind, params = self.random.choice([
            ("TagQueue", "good tags", {"Tags": {f"key{number}": "value", "ä": ""}}),
            ("TagQueue", "51 tags", {"Tags": {f"t{i}": "x" for i in range(51)}}),
            ("TagQueue", "key of 129 characters", {"Tags": {"k" * 129: "x"}}),
            ("TagQueue", "no tags", {"Tags": {}}), ("UntagQueue", "keys that are there or not", {"TagKeys": [f"key{number}"]}),
            ("UntagQueue", "no keys", {"TagKeys": []}), ("ListQueueTags", "queue that is there", {}),
            ("ListQueueTags", "queue that is there", {}), ("ListQueueTags", "queue that is not there", {})])
        if kind in ("51 tags", "key of 129 characters", "no tags", "no keys"):
            queue = self.world.sink(queue.fifo) or queue
        url = Url("not-there" if kind == "queue that is not there" else queue.name)
        return self.sqs(name, kind, {"QueueUrl": url, **params}, subject=queue.name, changes=name != "ListQueueTags")

    def queue_permissions(self):
        queue = self.world.pick()
        if not queue:
            return None
        label = self.random.choice(["one", "two"])
        taken = label in queue.labels
        good = {"Label": label, "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}
        name, kind, params = self.random.choice([
            ("AddPermission", "label that is taken" if taken else "new label", good),
            ("AddPermission", "unknown action", {**good, "Label": "x", "Actions": ["Fly"]}),
            ("AddPermission", "action of the owner only", {**good, "Label": "x", "Actions": ["DeleteQueue"]}),
            ("AddPermission", "account that is none", {**good, "Label": "x", "AWSAccountIds": ["me"]}),
            ("AddPermission", "8 actions", {**good, "Label": "x", "Actions": ["SendMessage"] * 8}),
            ("AddPermission", "no actions", {**good, "Label": "x", "Actions": []}),
            ("AddPermission", "no accounts", {**good, "Label": "x", "AWSAccountIds": []}),
            ("AddPermission", "label with a blank", {**good, "Label": "x y"}),
            ("RemovePermission", "label that is there" if taken else "label that is not there", {"Label": label})])

        if params["Label"] not in ("one", "two"):
            queue = self.world.sink(queue.fifo) or queue

        def then(world, outcome):
            if outcome["ok"]:
                (queue.labels.add if name == "AddPermission" else queue.labels.discard)(params["Label"])
        return self.sqs(name, kind, {"QueueUrl": Url(queue.name), **params}, subject=queue.name, changes=True, then=then)

    def move_tasks(self):
        queue = self.world.pick(lambda queue: not queue.is_dead_letters)
        if not queue:
            return None
        name, kind, params = self.random.choice([
            ("StartMessageMoveTask", "source that is not there", {"SourceArn": Arn("not-there")}),
            ("StartMessageMoveTask", "source that is no ARN", {"SourceArn": "x"}),
            ("ListMessageMoveTasks", "source without tasks", {"SourceArn": Arn(queue.name)}),
            ("ListMessageMoveTasks", "source that is not there", {"SourceArn": Arn("not-there")}),
            ("CancelMessageMoveTask", "handle that is none", {"TaskHandle": "x"})])
        return self.sqs(name, kind, params, subject=queue.name)
