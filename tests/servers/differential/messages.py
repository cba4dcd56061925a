"""Operations of SQS on messages: send, receive, delete, change the visibility, and their batches."""
import texts
from operation import Handle, Url
from world import MOST_MESSAGES

LATER = 900  # a delay that does not end while the sequence runs


class MessageOperations:
    """A mixin of the generator."""

    def one_message(self, queue):
        """(class, members of SendMessage, whether it is delayed, whether it should be refused)."""
        random, number = self.random, self.world.next_number()
        kind, body = texts.body(random, number)
        params, delayed, bad = {"MessageBody": body}, queue.attributes.get("DelaySeconds", "0") != "0", False
        chance, special = random.random(), False
        if chance < 0.22:
            kind, params["MessageAttributes"] = texts.attributes(random, number)
        elif chance < 0.36:
            kind, params["MessageAttributes"] = texts.bad_attributes(random)
            bad = True
        elif chance < 0.42:
            kind, params["MessageBody"] = texts.bad_body(random, number)
            bad = True
        elif chance < 0.45:
            kind, params["MessageSystemAttributes"] = "trace header", {
                "AWSTraceHeader": texts.string("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")}
        elif chance < 0.47:
            kind, params["MessageSystemAttributes"] = "unknown system attribute", {"Colour": texts.string("red")}
            bad = True
        elif chance < 0.53:
            kind, seconds = random.choice([("delay of 901 s", 901), ("negative delay", -1), ("delay 0", 0),
                                           ("delay of 900 s", LATER), ("delay of 900 s", LATER)])
            params["DelaySeconds"] = seconds
            bad = seconds in (901, -1) or (queue.fifo and seconds != 0)
            special = True
            if not queue.fifo:
                delayed = seconds == LATER or (delayed and seconds != 0)
        elif chance < 0.56 and queue.attributes.get("MaximumMessageSize") == "1024":
            size = random.choice([1024, 1025])
            kind = "as long as may be" if size == 1024 else "1 byte too long"
            special = True
            params["MessageBody"] = body.encode()[:40].decode(errors="ignore").strip().ljust(size, "x")
            params["MessageBody"] = params["MessageBody"].encode()[:size].decode(errors="ignore")
        if queue.fifo:
            params |= {"MessageGroupId": f"g{random.randrange(queue.groups)}", "MessageDeduplicationId": f"d{number}"}
            if not bad and not special:
                kind, bad = self.fifo_members(queue, kind, params)
        elif not bad and random.random() < 0.05:
            kind, more = random.choice([("group on a standard queue", {"MessageGroupId": "g"}),
                                        ("deduplication id on a standard queue", {"MessageDeduplicationId": "d"})])
            params.update(more)
            bad = "MessageDeduplicationId" in more
        return kind, params, delayed, bad

    def fifo_members(self, queue, kind, params):
        """Of a message that is good so far."""
        random = self.random
        chance = random.random()
        if chance < 0.04:
            del params["MessageGroupId"]
            return "no group on a FIFO queue", True
        if chance < 0.08:
            what, params["MessageGroupId"] = texts.bad_id(random)
            return f"group: {what}", True
        if chance < 0.12:
            what, params["MessageDeduplicationId"] = texts.bad_id(random)
            return f"deduplication: {what}", True
        if chance < 0.24 and queue.ids:
            group, used = random.choice(queue.ids)
            params["MessageGroupId"], params["MessageDeduplicationId"] = group, used
            return "deduplication id that was used", False
        if chance < 0.5:
            del params["MessageDeduplicationId"]
            return (f"{kind}, deduplicated by content", False) if queue.content_based else ("no deduplication id", True)
        return kind, False

    @staticmethod
    def accepted(queue, params, delayed):
        """Notes what a queue holds after a send; a duplicate adds nothing."""
        key = (params.get("MessageGroupId"), params.get("MessageDeduplicationId"))
        if queue.fifo and key[1]:
            if any(used == key[1] for _, used in queue.ids):
                return  # whatever the scope: a used id is sent again to its own group only
            queue.ids.append(key)
        body = params["MessageBody"]
        if body not in queue.sent:
            queue.sent.append(body)
            if delayed:
                queue.delayed.add(body)

    def with_room(self):
        """None when the queue that was drawn is full: it is deleted then."""
        queue = self.world.pick()
        return queue if queue and len(queue.sent) < MOST_MESSAGES else None

    def send_message(self):
        queue = self.with_room()
        if not queue:
            return self.delete_queue(full=True)
        if self.random.random() < 0.01:
            return self.sqs("SendMessage", "queue that is not there", {"QueueUrl": Url("not-there"), "MessageBody": "x"})
        if self.random.random() < 0.003:
            params = {"MessageBody": "x" * 1048577}
            if queue.fifo:
                params |= {"MessageGroupId": "g0", "MessageDeduplicationId": "long"}
            return self.sqs("SendMessage", "more than 1 MiB", {"QueueUrl": Url(queue.name), **params},
                            subject=queue.name, changes=True)
        kind, params, delayed, bad = self.one_message(queue)
        if self.random.random() < 0.01:
            kind, bad = "no body", True
            del params["MessageBody"]
        if bad:
            fifo = queue.fifo
            queue = self.world.sink(fifo)
            if not queue:
                return self.new_queue(fifo, sink=True)

        def then(world, outcome):
            if outcome["ok"]:
                self.accepted(queue, params, delayed)
        return self.sqs("SendMessage", kind, {"QueueUrl": Url(queue.name), **params}, subject=queue.name, changes=True,
                        then=then)

    def send_message_batch(self):
        queue = self.with_room()
        if not queue:
            return self.delete_queue(full=True)
        room = MOST_MESSAGES - len(queue.sent)
        entries = [{"Id": f"e{i}", "MessageBody": f"batch {self.world.next_number()}"}
                   for i in range(self.random.randint(1, min(room, 4)))]
        for entry in entries:
            if queue.fifo:
                entry |= {"MessageGroupId": "g0", "MessageDeduplicationId": f"b{self.world.next_number()}"}
        delayed = queue.attributes.get("DelaySeconds", "0") != "0"
        kind = "good entries"
        if self.random.random() < 0.45:
            kind, last, last_delayed, bad = self.one_message(queue)
            kind = f"last entry: {kind}"
            entries = entries[:2]
            entries[-1] = {"Id": entries[-1]["Id"], **last}
            delayed_ids = {entry["Id"] for entry in entries[:-1]} if delayed else set()
            delayed_ids |= {entries[-1]["Id"]} if last_delayed else set()
        else:
            whole = kind
            kind, entries = self.bad_batch(kind, entries)
            bad = kind not in (whole, f"{whole}, id of 80 characters")
            delayed_ids = {entry.get("Id") for entry in entries} if delayed else set()

        if bad:
            fifo = queue.fifo
            queue = self.world.sink(fifo)
            if not queue:
                return self.new_queue(fifo, sink=True)

        def then(world, outcome):
            for entry in entries:
                if outcome["ok"] and outcome["entries"].get(entry["Id"], {}).get("accepted"):
                    self.accepted(queue, entry, entry["Id"] in delayed_ids)
        return self.sqs("SendMessageBatch", kind, {"QueueUrl": Url(queue.name), "Entries": entries},
                        subject=queue.name, changes=True, then=then)

    def bad_batch(self, kind, entries):
        """Sometimes one of the faults that a batch of any kind can have."""
        if self.random.random() < 0.55:
            return kind, entries
        return self.random.choice([
            ("no entries", []), ("11 entries", [{**entries[0], "Id": f"e{i}"} for i in range(11)]),
            ("the same id twice", [entries[0], entries[0]]), ("id with a blank", [{**entries[0], "Id": "a b"}]),
            ("id of 81 characters", [{**entries[0], "Id": "i" * 81}]), ("empty id", [{**entries[0], "Id": ""}]),
            ("id with a dot", [{**entries[0], "Id": "a.b"}]),
            (f"{kind}, id of 80 characters", [{**entries[0], "Id": "i" * 80}])])

    def receive_message(self, fan=False):
        random = self.random
        queue = self.world.pick(lambda queue: (queue.sent if fan else queue.waiting) or random.random() < 0.1, fan=fan)
        if not queue:
            return None
        params = {"QueueUrl": Url(queue.name), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}
        kind, keep, count_only, good = "ten at most", True, False, True
        if random.random() < 0.7:
            params["MessageSystemAttributeNames"] = ["All"]
            params["MessageAttributeNames"] = ["All"]
            kind += ", all attributes"
        chance = 1 if fan else random.random()
        if chance < 0.1:
            good = False
            kind, more = random.choice([
                ("maximum 0", {"MaxNumberOfMessages": 0}), ("maximum 11", {"MaxNumberOfMessages": 11}),
                ("maximum -1", {"MaxNumberOfMessages": -1}), ("wait of 21 s", {"WaitTimeSeconds": 21}),
                ("wait of -1 s", {"WaitTimeSeconds": -1}), ("visibility of 43201 s", {"VisibilityTimeout": 43201}),
                ("visibility of -1 s", {"VisibilityTimeout": -1}),
                ("attempt id on a standard queue" if not queue.fifo else "attempt id with a blank",
                 {"ReceiveRequestAttemptId": "a" if not queue.fifo else "a b"}),
                ("queue that is not there", {"QueueUrl": Url("not-there")})])
            params.update(more)
        elif chance < 0.4:
            keep = False
            kind, params["VisibilityTimeout"] = "visibility 0", 0
        elif chance < 0.55:
            kind, more = random.choice([
                ("attribute by name", {"MessageAttributeNames": ["country", "not-there"]}),
                ("attributes by prefix", {"MessageAttributeNames": ["a.*", "co.*"]}),
                ("attributes by .*", {"MessageAttributeNames": [".*"]}),
                ("system attributes by name", {"MessageSystemAttributeNames": ["ApproximateReceiveCount", "MessageGroupId"]}),
                ("system attributes by their old name", {"AttributeNames": ["All"]}),
                ("unknown system attribute", {"MessageSystemAttributeNames": ["Colour"]}),
                ("visibility of 43200 s", {"VisibilityTimeout": 43200}),
                ("attempt id" if queue.fifo else "ten at most",
                 {"ReceiveRequestAttemptId": f"try-{self.world.next_number()}"} if queue.fifo else {})])
            params = {"QueueUrl": Url(queue.name), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0, **more}
        elif chance < 0.65 and len(queue.waiting) > 1 and (not queue.fifo or queue.groups == 1):
            kind, count_only = ("fewer than there are", not queue.fifo)
            params["MaxNumberOfMessages"] = random.choice([1, len(queue.waiting) - 1])
        if good and queue.dead_letters:
            kind += ", with dead-letter queue"
        if queue.fifo:
            kind += " of a FIFO queue"
        seen = {"All", "MessageGroupId"} & set(params.get("MessageSystemAttributeNames", []) + params.get("AttributeNames", []))

        def then(world, outcome):
            if outcome["ok"]:
                bodies = [body for body, _, _ in outcome["members"].get("Messages", [])]
                queue.receive(bodies, keep)
                if queue.dead_letters and not keep:
                    world.may_have_moved(queue, bodies)
        return self.sqs("ReceiveMessage", kind, params, subject=queue.name, count_only=count_only, renew=count_only,
                        ordered=queue.fifo and (queue.groups == 1 or bool(seen)), changes=True, then=then, fan=fan)

    def handle_of(self, queue):
        """(class, handle, body or None)."""
        chance = self.random.random()
        if chance < 0.6 and queue.held:
            body = self.random.choice(sorted(queue.held))
            return "handle of a message in flight", Handle(queue.name, body), body
        if chance < 0.7 and queue.old:
            body = self.random.choice(sorted(queue.old))
            state = "in flight" if body in queue.held else "not in flight"
            return f"earlier handle of a message {state}", Handle(queue.name, body, first=True), body
        if chance < 0.8 and queue.deleted:
            body = self.random.choice(sorted(queue.deleted))
            return "handle of a message that is gone", Handle(queue.name, body), None
        if chance < 0.85:
            kind, text = texts.bad_handle(self.random)
            return kind, text, None
        if chance < 0.9:
            other = self.world.pick(lambda one: one is not queue and one.held)
            if other:
                return "handle of another queue", Handle(other.name, sorted(other.held)[0]), None
        return None, None, None

    def of_type(self, queue, kind):
        return f"{kind}, FIFO queue" if queue.fifo else kind

    def with_handles(self, fan=False):
        return self.world.pick(lambda queue: queue.held or queue.old or queue.deleted, fan=fan)

    def delete_message(self, fan=False):
        queue = self.with_handles(fan)
        kind, handle, body = self.handle_of(queue) if queue else (None, None, None)
        if kind is None:
            return None

        def then(world, outcome):
            if outcome["ok"] and body is not None and kind == "handle of a message in flight":
                queue.forget(body)
        # Whether an earlier handle deletes is open on a standard queue: it is made anew.
        open_end = kind.startswith("earlier handle")
        return self.sqs("DeleteMessage", self.of_type(queue, kind), {"QueueUrl": Url(queue.name), "ReceiptHandle": handle},
                        subject=queue.name, changes=True, then=then, renew=open_end, fan=fan)

    def delete_message_batch(self):
        queue = self.with_handles()
        kind, handle, body = self.handle_of(queue) if queue else (None, None, None)
        if kind is None:
            return None
        latest = kind == "handle of a message in flight"
        kind, entries = self.bad_batch(kind, [{"Id": "e0", "ReceiptHandle": handle}])

        def then(world, outcome):
            if outcome["ok"] and latest and any(entry["accepted"] for entry in outcome["entries"].values()):
                queue.forget(body)
        return self.sqs("DeleteMessageBatch", self.of_type(queue, kind), {"QueueUrl": Url(queue.name), "Entries": entries},
                        subject=queue.name, changes=True, then=then, renew=not latest and body is not None)

    def visibility(self):
        return self.random.choice([("0 s", 0), ("0 s", 0), ("3600 s", 3600), ("3600 s", 3600), ("43201 s", 43201), ("-1 s", -1),
                                   ("43200 s, more than is left", 43200)])

    def change_message_visibility(self):
        queue = self.with_handles()
        kind, handle, body = self.handle_of(queue) if queue else (None, None, None)
        if kind is None:
            return None
        seconds_kind, seconds = self.visibility()

        def then(world, outcome):
            if outcome["ok"] and seconds == 0 and kind == "handle of a message in flight":
                queue.show(body)
        return self.sqs("ChangeMessageVisibility", self.of_type(queue, f"{kind}, {seconds_kind}"),
                        {"QueueUrl": Url(queue.name), "ReceiptHandle": handle, "VisibilityTimeout": seconds},
                        subject=queue.name, changes=True, then=then, renew=kind.startswith("earlier handle"))

    def change_message_visibility_batch(self):
        queue = self.with_handles()
        kind, handle, body = self.handle_of(queue) if queue else (None, None, None)
        if kind is None:
            return None
        seconds_kind, seconds = self.visibility()
        latest = kind == "handle of a message in flight"
        kind, entries = self.bad_batch(f"{kind}, {seconds_kind}",
                                       [{"Id": "e0", "ReceiptHandle": handle, "VisibilityTimeout": seconds}])

        def then(world, outcome):
            if outcome["ok"] and seconds == 0 and latest and any(one["accepted"] for one in outcome["entries"].values()):
                queue.show(body)
        return self.sqs("ChangeMessageVisibilityBatch", self.of_type(queue, kind),
                        {"QueueUrl": Url(queue.name), "Entries": entries}, subject=queue.name, changes=True, then=then,
                        renew=not latest and body is not None)
