"""The sequence: from a seed and from what our broker answered so far, one operation after the other."""
import random

from messages import MessageOperations
from operation import SNS_SERVERS, SQS_SERVERS, Operation
from queues import QueueOperations
from topics import TopicOperations
from world import World

# How often each is tried; one for which there is nothing is drawn again.
WEIGHTS = {
    "create_queue": 5, "create_queue_badly": 4, "create_queue_again": 2, "get_queue_url": 2, "list_queues": 2,
    "get_queue_attributes": 6, "set_queue_attributes": 5, "purge_queue": 1, "delete_queue": 2,
    "list_dead_letter_sources": 1, "queue_tags": 2, "queue_permissions": 2, "move_tasks": 1,
    "send_message": 28, "send_message_batch": 14, "receive_message": 26, "delete_message": 6, "delete_message_batch": 3,
    "change_message_visibility": 4, "change_message_visibility_batch": 3,
    "create_topic": 2, "create_topic_badly": 1, "delete_topic": 0.4, "topic_attributes": 2, "fan_queue": 1, "subscribe": 4,
    "subscribe_again": 0.5, "unsubscribe": 1, "lists": 1, "subscription_attributes": 3, "publish": 12, "publish_batch": 4,
    "receive_from_topic": 8, "topic_tags": 1, "topic_permissions": 1,
}


class Generator(QueueOperations, MessageOperations, TopicOperations):
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.world = World(self.random)

    def sqs(self, name, kind, params, fan=False, **more):
        return Operation("sqs", name, kind, params, servers=SNS_SERVERS if fan else SQS_SERVERS, **more)

    def next(self):
        self.world.operations += 1
        old = self.world.oldest()
        if old:
            return self.delete_queue(full=True, queue=old)
        while True:
            name, = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))
            operation = getattr(self, name)()
            if operation:
                return operation
