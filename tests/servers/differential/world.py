"""What the sequence has made so far, as our broker told it: from this the generator takes queues, topics and messages."""
import dataclasses

LONGEST_LIFE = 600  # in operations
MOST_MESSAGES = 9  # a receive of 10 empties the queue, so that it does not matter which ones a server prefers


@dataclasses.dataclass
class Queue:
    name: str
    fifo: bool = False
    content_based: bool = False
    attributes: dict = dataclasses.field(default_factory=dict)
    groups: int = 1
    dead_letters: str | None = None  # the queue where its messages go
    is_dead_letters: bool = False
    fan: bool = False  # there only where there is SNS
    sink: bool = False  # takes what should be refused, so that a server which does not refuse it spoils no other queue
    tags: set = dataclasses.field(default_factory=set)
    labels: set = dataclasses.field(default_factory=set)
    sent: list = dataclasses.field(default_factory=list)  # bodies, in order
    delayed: set = dataclasses.field(default_factory=set)
    held: dict = dataclasses.field(default_factory=dict)  # body -> times received; in flight
    old: set = dataclasses.field(default_factory=set)  # bodies with an earlier handle
    deleted: set = dataclasses.field(default_factory=set)
    ids: list = dataclasses.field(default_factory=list)  # (group, deduplication id)
    purged: bool = False
    born: int = 0

    @property
    def waiting(self):
        return [body for body in self.sent if body not in self.held and body not in self.delayed]

    def receive(self, bodies, keep):
        for body in bodies:
            if body not in self.sent:
                self.sent.append(body)
            times = self.held.get(body, 0)
            if times or body in self.old:
                self.old.add(body)
            if keep:
                self.held[body] = times + 1
            else:
                self.old.add(body)

    def show(self, body):
        self.held.pop(body, None)
        self.old.add(body)

    def forget(self, body):
        self.held.pop(body, None)
        if body in self.sent:
            self.sent.remove(body)
        self.old.discard(body)
        self.deleted.add(body)

    def empty(self):
        self.deleted.update(self.held, self.old)
        self.old.clear()
        self.sent.clear()
        self.held.clear()
        self.delayed.clear()
        self.purged = True


@dataclasses.dataclass
class TopicState:
    name: str
    fifo: bool = False
    content_based: bool = False
    subscriptions: dict = dataclasses.field(default_factory=dict)  # name -> queue
    sink: bool = False  # takes what should be refused


class World:
    def __init__(self, random):
        self.random = random
        self.queues = {}
        self.topics = {}
        self.counter = 0
        self.operations = 0

    def add(self, queue):
        queue.born = self.operations
        self.queues[queue.name] = queue

    def oldest(self):
        """A queue that has lived long enough: deduplication and delays are a matter of minutes."""
        return next((queue for queue in self.queues.values() if not queue.is_dead_letters and not queue.fan and
                     not queue.sink and self.operations - queue.born > LONGEST_LIFE), None)

    def next_number(self):
        self.counter += 1
        return self.counter

    def pick(self, wanted=lambda queue: True, fan=False):
        fitting = [queue for queue in self.queues.values() if queue.fan == fan and not queue.sink and wanted(queue)]
        return self.random.choice(fitting) if fitting else None

    def sink(self, fifo):
        return next((queue for queue in self.queues.values() if queue.sink and queue.fifo == fifo), None)

    def pick_topic(self, wanted=lambda topic: True):
        fitting = [topic for topic in self.topics.values() if not topic.sink and wanted(topic)]
        return self.random.choice(fitting) if fitting else None

    def sink_topic(self, fifo):
        return next((topic for topic in self.topics.values() if topic.sink and topic.fifo == fifo), None)

    def may_have_moved(self, queue, came):
        """After a receive with a dead-letter queue: what waited and did not come has been moved there."""
        target = self.queues.get(queue.dead_letters)
        for body in [body for body in queue.waiting if body not in came]:
            queue.sent.remove(body)
            queue.old.discard(body)
            queue.deleted.add(body)
            if target and body not in target.sent:
                target.sent.append(body)

    def drop(self, name):
        """A queue or topic that is no more, and all that hangs on it. Returns the names that have to go everywhere."""
        gone, look = [], [name]
        while look:
            one = look.pop()
            if one in gone:
                continue
            gone.append(one)
            look += [queue.name for queue in self.queues.values() if queue.dead_letters == one]
            look += [topic.name for topic in self.topics.values() if one in topic.subscriptions.values()]
            if one in self.queues and self.queues[one].dead_letters:
                look.append(self.queues[one].dead_letters)
            if one in self.topics:
                look += sorted(self.topics[one].subscriptions.values())
        for one in gone:
            self.queues.pop(one, None)
            self.topics.pop(one, None)
        return gone
