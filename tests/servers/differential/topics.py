"""Operations of SNS: topics, subscriptions of queues, publishing, tags."""
import texts
from operation import SNS_SERVERS, Arn, Operation, Subscription, Topic
from world import TopicState

MOST_TOPICS = 4

GOOD_POLICIES = [
    ("exact strings", '{"country":["DE","FR"]}'), ("prefix", '{"country":[{"prefix":"D"}]}'),
    ("suffix", '{"country":[{"suffix":"E"}]}'), ("anything-but", '{"country":[{"anything-but":["FR"]}]}'),
    ("anything-but prefix", '{"country":[{"anything-but":{"prefix":"F"}}]}'),
    ("numeric", '{"price":[{"numeric":[">",0,"<=",100]}]}'), ("exists", '{"country":[{"exists":true}]}'),
    ("exists false", '{"country":[{"exists":false}]}'), ("equals-ignore-case", '{"country":[{"equals-ignore-case":"de"}]}'),
    ("$or", '{"$or":[{"country":["DE"]},{"price":[{"numeric":["=",1]}]}]}'), ("empty policy", "{}"),
    ("null", '{"country":[null]}'), ("wildcard", '{"country":[{"wildcard":"D*"}]}'),
    ("cidr", '{"ip":[{"cidr":"10.0.0.0/8"}]}'),
]
BAD_POLICIES = [
    ("no JSON", "{"), ("no array", '{"country":"DE"}'), ("empty array", '{"country":[]}'),
    ("unknown operator", '{"country":[{"like":"D"}]}'), ("numeric without bounds", '{"price":[{"numeric":[]}]}'),
    ("numeric of strings", '{"price":[{"numeric":["=","1"]}]}'), ("prefix of a number", '{"country":[{"prefix":1}]}'),
    ("6 keys", '{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}'), ("a list", '["DE"]'),
    ("two operators", '{"country":[{"prefix":"D","suffix":"E"}]}'), ("nested key", '{"a":{"b":["c"]}}'),
    ("exists of a string", '{"country":[{"exists":"yes"}]}'), ("unordered range", '{"price":[{"numeric":[">",5,"<",1]}]}'),
]
OTHER_ATTRIBUTES = [{"country": texts.string("DE")}, {"country": texts.string("FR")}, {"price": texts.string("1", "Number")},
                    {"price": texts.string("500", "Number"), "country": texts.string("DEE")}, {}]


class TopicOperations:
    """A mixin of the generator."""

    def create_topic(self):
        if len([topic for topic in self.world.topics.values() if not topic.sink]) >= MOST_TOPICS:
            return self.delete_topic()
        return self.new_topic(self.random.random() < 0.3)

    def new_topic(self, fifo, sink=False):
        name = f"topic-{self.world.next_number()}" + (".fifo" if fifo else "")
        attributes = {"FifoTopic": "true"} if fifo else {}
        content_based = fifo and not sink and self.random.random() < 0.5
        if content_based:
            attributes["ContentBasedDeduplication"] = "true"
        if self.random.random() < 0.2:
            attributes["DisplayName"] = "Orders"

        def then(world, outcome):
            if outcome["ok"]:
                world.topics[name] = TopicState(name, fifo, content_based, sink=sink)
        return self.sns("CreateTopic", "FIFO" if fifo else "standard", {"Name": name, "Attributes": attributes},
                        subject=name, changes=True, learn=f"topic:{name}", then=then)

    def create_topic_badly(self):
        name = f"bad-{self.world.next_number()}"
        there = self.world.pick_topic()
        cases = [("name with a dot", "bad.name", {}), ("name with a blank", "bad name", {}), ("empty name", "", {}),
                 ("name of 257 characters", "t" * 257, {}), ("name of 256 characters", "t" * 256, {}),
                 ("unknown attribute", name, {"Colour": "red"}),
                 ("FIFO name without FifoTopic", name + ".fifo", {}), ("FifoTopic without FIFO name", name, {"FifoTopic": "true"}),
                 ("ContentBasedDeduplication of a standard topic", name, {"ContentBasedDeduplication": "true"})]
        kind, name, attributes = self.random.choice(cases)
        scratch = name
        if there and self.random.random() < 0.3:
            kind, name, attributes = self.random.choice([
                ("again", there.name, {"FifoTopic": "true"} if there.fifo else {}),
                ("again with another attribute", there.name, {"DisplayName": "Other"} | ({"FifoTopic": "true"} if there.fifo else {}))])
            scratch = None
        return self.sns("CreateTopic", kind, {"Name": name, "Attributes": attributes}, scratch=scratch,
                        subject=None if scratch else name)

    def delete_topic(self):
        topic = self.world.pick_topic()
        if not topic or self.random.random() < 0.2:
            kind, arn = self.random.choice([("topic that is not there", Topic("not-there")), ("no ARN", "x")])
            return self.sns("DeleteTopic", kind, {"TopicArn": arn})

        def then(world, outcome):
            if outcome["ok"]:
                world.topics.pop(topic.name, None)
        return self.sns("DeleteTopic", "topic that is there", {"TopicArn": Topic(topic.name)}, subject=topic.name,
                        changes=True, renew=bool(topic.subscriptions), then=then)

    def topic_attributes(self):
        topic = self.world.pick_topic()
        if topic and self.random.random() < 0.4:
            topic = self.world.sink_topic(topic.fifo) or topic
        if not topic:
            return self.sns("GetTopicAttributes", "topic that is not there", {"TopicArn": Topic("not-there")})
        arn = {"TopicArn": Topic(topic.name)}
        name, kind, params = self.random.choice([
            ("GetTopicAttributes", "FIFO topic" if topic.fifo else "standard topic", arn),
            ("GetTopicAttributes", "FIFO topic" if topic.fifo else "standard topic", arn),
            ("GetTopicAttributes", "no ARN", {"TopicArn": "x"}),
            ("GetTopicAttributes", "topic that is not there", {"TopicArn": Topic("not-there")}),
            ("SetTopicAttributes", "DisplayName", {**arn, "AttributeName": "DisplayName", "AttributeValue": "Bills"}),
            ("SetTopicAttributes", "unknown attribute", {**arn, "AttributeName": "Colour", "AttributeValue": "red"}),
            ("SetTopicAttributes", "Policy that is no JSON", {**arn, "AttributeName": "Policy", "AttributeValue": "{"}),
            ("SetTopicAttributes", "topic that is not there",
             {"TopicArn": Topic("not-there"), "AttributeName": "DisplayName", "AttributeValue": "x"})])
        return self.sns(name, kind, params, subject=topic.name, changes=name.startswith("Set"))

    def fan_queue(self):
        if len([queue for queue in self.world.queues.values() if queue.fan]) >= 5:
            return None
        return self.new_queue(fan=True)

    def subscribe(self):
        topic = self.world.pick_topic()
        queue = self.world.pick(lambda queue: topic and (not queue.fifo or topic.fifo) and
                                queue.name not in topic.subscriptions.values(), fan=True)
        if not topic or not queue or len(topic.subscriptions) >= 3:
            return self.fan_queue()
        name, real = f"sub-{self.world.next_number()}", topic.name
        params = {"TopicArn": Topic(topic.name), "Protocol": "sqs", "Endpoint": Arn(queue.name), "Attributes": {},
                  "ReturnSubscriptionArn": True}
        kind, chance, bad = "queue", self.random.random(), False
        if self.random.random() < 0.5:
            params["Attributes"]["RawMessageDelivery"] = "true"
            kind = "queue, raw"
        if chance < 0.35:
            policy, params["Attributes"]["FilterPolicy"] = self.random.choice(GOOD_POLICIES)
            kind = f"filter policy: {policy}"
        elif chance < 0.6:
            policy, params["Attributes"]["FilterPolicy"] = self.random.choice(BAD_POLICIES)
            kind, bad = f"bad filter policy: {policy}", True
        elif chance < 0.75:
            kind, more = self.random.choice([
                ("unknown protocol", {"Protocol": "pigeon"}), ("endpoint that is no ARN", {"Endpoint": "x"}),
                ("topic that is not there", {"TopicArn": Topic("not-there")}), ("no ARN of a topic", {"TopicArn": "x"}),
                ("unknown attribute", {"Attributes": {"Colour": "red"}}),
                ("RawMessageDelivery neither true nor false", {"Attributes": {"RawMessageDelivery": "maybe"}}),
                ("unknown FilterPolicyScope", {"Attributes": {"FilterPolicy": "{}", "FilterPolicyScope": "All"}}),
                ("no protocol", {"Protocol": ""}), ("no endpoint", {"Endpoint": ""}),
                ("RedrivePolicy without target", {"Attributes": {"RedrivePolicy": "{}"}})])
            params.update(more)
            bad = True
        if bad:
            fifo = topic.fifo
            topic = self.world.sink_topic(fifo)
            if not topic:
                return self.new_topic(fifo, sink=True)
            if params["TopicArn"] == Topic(real):
                params["TopicArn"] = Topic(topic.name)

        def then(world, outcome):
            if outcome["ok"] and topic.name in world.topics:
                topic.subscriptions[name] = queue.name
        return self.sns("Subscribe", kind, params, subject=topic.name, changes=True, learn=f"subscription:{name}", then=then)

    def subscription(self):
        """(topic, name of one of its subscriptions)."""
        topic = self.world.pick_topic(lambda topic: topic.subscriptions)
        return (topic, self.random.choice(sorted(topic.subscriptions))) if topic else (None, None)

    def subscribe_again(self):
        topic, name = self.subscription()
        if not topic:
            return None
        kind, attributes = self.random.choice([("again without attributes", {}),
                                               ("again with other attributes", {"FilterPolicy": '{"other":["x"]}'})])
        params = {"TopicArn": Topic(topic.name), "Protocol": "sqs", "Endpoint": Arn(topic.subscriptions[name]),
                  "Attributes": attributes}
        return self.sns("Subscribe", kind, params, subject=topic.name, changes=True)

    def unsubscribe(self):
        topic, name = self.subscription()
        if not topic or self.random.random() < 0.4:
            kind, arn = self.random.choice([("subscription that is not there", Subscription("not-there")), ("no ARN", "x")])
            return self.sns("Unsubscribe", kind, {"SubscriptionArn": arn})

        def then(world, outcome):
            if outcome["ok"]:
                topic.subscriptions.pop(name, None)
        return self.sns("Unsubscribe", "subscription that is there", {"SubscriptionArn": Subscription(name)},
                        subject=topic.name, changes=True, then=then)

    def lists(self):
        topic = self.world.pick_topic()
        if not topic:
            return self.sns("ListTopics", "all", {})
        name, kind, params = self.random.choice([
            ("ListTopics", "all", {}), ("ListSubscriptions", "all", {}),
            ("ListSubscriptionsByTopic", "topic that is there", {"TopicArn": Topic(topic.name)}),
            ("ListSubscriptionsByTopic", "topic that is there", {"TopicArn": Topic(topic.name)}),
            ("ListSubscriptionsByTopic", "topic that is not there", {"TopicArn": Topic("not-there")}),
            ("ListTopics", "token that is none", {"NextToken": "x"})])
        return self.sns(name, kind, params, subject=topic.name)

    def subscription_attributes(self):
        topic, name = self.subscription()
        if not topic:
            return self.sns("GetSubscriptionAttributes", "subscription that is not there",
                            {"SubscriptionArn": Subscription("not-there")})
        arn = {"SubscriptionArn": Subscription(name)}
        if self.random.random() < 0.4:
            return self.sns("GetSubscriptionAttributes", "subscription that is there", arn, subject=topic.name)
        good, bad = self.random.choice(GOOD_POLICIES), self.random.choice(BAD_POLICIES)
        kind, attribute, value = self.random.choice([
            (f"filter policy: {good[0]}", "FilterPolicy", good[1]), (f"bad filter policy: {bad[0]}", "FilterPolicy", bad[1]),
            ("RawMessageDelivery", "RawMessageDelivery", "true"), ("RawMessageDelivery maybe", "RawMessageDelivery", "maybe"),
            ("unknown attribute", "Colour", "red"), ("FilterPolicyScope", "FilterPolicyScope", "MessageBody"),
            ("unknown FilterPolicyScope", "FilterPolicyScope", "All"), ("filter policy taken away", "FilterPolicy", "")])
        if attribute == "FilterPolicyScope" and self.random.random() < 0.5:
            arn, kind = {"SubscriptionArn": Subscription("not-there")}, "subscription that is not there"
        return self.sns("SetSubscriptionAttributes", kind, {**arn, "AttributeName": attribute, "AttributeValue": value},
                        subject=topic.name, changes=True)

    def one_publication(self, topic):
        number = self.world.next_number()
        kind, text = texts.body(self.random, number)
        params, chance, bad = {"Message": text}, self.random.random(), False
        if chance < 0.35:
            kind, params["MessageAttributes"] = "attributes to filter by", dict(self.random.choice(OTHER_ATTRIBUTES))
        elif chance < 0.5:
            kind, params["MessageAttributes"] = texts.attributes(self.random, number)
        elif chance < 0.65:
            kind, params["MessageAttributes"] = texts.bad_attributes(self.random)
            bad = True
        elif chance < 0.72:
            kind, params["Message"] = texts.bad_body(self.random, number)
            bad = True
        elif chance < 0.82:
            kind, params["Subject"] = self.random.choice([
                ("subject", "A bill"), ("subject of 101 characters", "s" * 101), ("empty subject", ""),
                ("subject with a line break", "a\nb"), ("subject that is not ASCII", "größe")])
            bad = kind not in ("subject", "subject that is not ASCII")
        elif chance < 0.9:
            kind, params["MessageStructure"], params["Message"] = self.random.choice([
                ("structure json", "json", '{"default":"d%d","sqs":"s%d"}' % (number, number)),
                ("structure json without default", "json", '{"sqs":"s"}'), ("structure json that is none", "json", "x"),
                ("unknown structure", "xml", "x")])
            bad = kind != "structure json"
        if topic.fifo:
            params |= {"MessageGroupId": "g0", "MessageDeduplicationId": f"d{number}"}
            if bad:
                return kind, params, bad
            if self.random.random() < 0.1:
                del params["MessageGroupId"]
                kind, bad = "no group on a FIFO topic", True
            elif self.random.random() < 0.3:
                del params["MessageDeduplicationId"]
                bad = not topic.content_based
                kind = "no deduplication id on a FIFO topic" if bad else f"{kind}, deduplicated by content"
        elif not bad and self.random.random() < 0.03:
            params["MessageDeduplicationId"] = "d"
            kind, bad = "deduplication id on a standard topic", True
        return kind, params, bad

    def publish(self):
        topic = self.world.pick_topic(lambda topic: topic.subscriptions) or self.world.pick_topic()
        if not topic or self.random.random() < 0.03:
            kind, arn = self.random.choice([("topic that is not there", Topic("not-there")), ("no ARN", "x")])
            return self.sns("Publish", kind, {"TopicArn": arn, "Message": "x"})
        kind, params, bad = self.one_publication(topic)
        if bad:
            fifo = topic.fifo
            topic = self.world.sink_topic(fifo)
            if not topic:
                return self.new_topic(fifo, sink=True)
        return self.published("Publish", kind, {"TopicArn": Topic(topic.name), **params}, topic)

    def publish_batch(self):
        topic = self.world.pick_topic(lambda topic: topic.subscriptions) or self.world.pick_topic()
        if not topic:
            return None
        kind, params, bad = self.one_publication(topic)
        good = f"last entry: {kind}"
        kind, entries = self.bad_batch(good, [{"Id": "e0", **params}])
        if bad or not kind.startswith(good):
            fifo = topic.fifo
            topic = self.world.sink_topic(fifo)
            if not topic:
                return self.new_topic(fifo, sink=True)
        return self.published("PublishBatch", kind,
                              {"TopicArn": Topic(topic.name), "PublishBatchRequestEntries": entries}, topic)

    def published(self, name, kind, params, topic):
        def then(world, outcome):
            if not outcome["ok"]:
                return
            for queue in sorted(set(topic.subscriptions.values())):
                if queue in world.queues:
                    world.queues[queue].sent.append(f"of {topic.name} {world.next_number()}")
        return self.sns(name, kind, params, subject=topic.name, changes=True, then=then)

    def receive_from_topic(self):
        queue = self.world.pick(lambda queue: queue.sent, fan=True)
        if not queue:
            return None
        operation = self.receive_message(fan=True)
        operation.renew = self.random.random() < 0.2
        return operation

    def topic_tags(self):
        topic = self.world.pick_topic()
        if not topic:
            return None
        arn = {"ResourceArn": Topic(topic.name)}
        name, kind, params = self.random.choice([
            ("TagResource", "good tags", {**arn, "Tags": [{"Key": "team", "Value": "blue"}]}),
            ("TagResource", "the same key twice", {**arn, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
            ("TagResource", "51 tags", {**arn, "Tags": [{"Key": f"t{i}", "Value": "x"} for i in range(51)]}),
            ("UntagResource", "keys that are there or not", {**arn, "TagKeys": ["team"]}),
            ("ListTagsForResource", "topic that is there", arn),
            ("ListTagsForResource", "topic that is not there", {"ResourceArn": Topic("not-there")})])
        return self.sns(name, kind, params, subject=topic.name, changes=name != "ListTagsForResource")

    def topic_permissions(self):
        topic = self.world.pick_topic()
        if not topic:
            return None
        arn = {"TopicArn": Topic(topic.name)}
        good = {**arn, "Label": f"l{self.world.next_number()}", "AWSAccountId": ["123456789012"], "ActionName": ["Publish"]}
        name, kind, params = self.random.choice([
            ("AddPermission", "good permission of a topic", good),
            ("AddPermission", "unknown action of a topic", {**good, "ActionName": ["Fly"]}),
            ("RemovePermission", "label of a topic that is not there", {**arn, "Label": "none"}),
            ("AddPermission", "topic that is not there", {**good, "TopicArn": Topic("not-there")})])
        return self.sns(name, kind, params, subject=topic.name, changes=True)

    def sns(self, name, kind, params, **more):
        return Operation("sns", name, kind, params, servers=SNS_SERVERS, **more)
