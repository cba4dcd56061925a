"""moto behind gunicorn: its own server closes the connection after every reply.

moto's queues are not made for threads: two receives at once hand out the same message, and a delete undoes a send of the
same moment. So the queues' functions run one at a time, and a long poll waits outside of them.
"""
import functools
import inspect
import threading
import time

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import SQSBackend

one_at_a_time = threading.RLock()
receive_now = SQSBackend.receive_message


def alone(function):
    @functools.wraps(function)
    def locked(*args, **kwargs):
        with one_at_a_time:
            return function(*args, **kwargs)

    return locked


def receive_message(self, queue_name, count, wait_seconds_timeout, *args, **kwargs):
    end = time.monotonic() + int(wait_seconds_timeout or 0)
    while True:
        with one_at_a_time:
            messages = receive_now(self, queue_name, count, 0, *args, **kwargs)
        if messages or time.monotonic() >= end:
            return messages
        time.sleep(0.05)


for name, function in inspect.getmembers(SQSBackend, inspect.isfunction):
    if not name.startswith("_"):
        setattr(SQSBackend, name, alone(function))
SQSBackend.receive_message = receive_message

app = DomainDispatcherApplication(create_backend_app)
