"""SendMessageBatch by boto3: threads that share one client."""

import argparse
import itertools
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

BATCH = 10


class NotAccepted(Exception):
    pass


def send(sqs, queue_url, body, count):
    entries = [{"Id": str(number), "MessageBody": body} for number in range(count)]
    answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    if answer.get("Failed"):
        raise NotAccepted(f"a message was refused: {answer['Failed'][0]}")
    if len(answer["Successful"]) != count:
        raise NotAccepted(f"{len(answer['Successful'])} of {count} messages were accepted")


def send_all(sqs, options, body, messages):
    """Gives the number of requests."""
    starts = itertools.count(0, BATCH)

    def work(_):
        requests = 0
        while (start := next(starts)) < messages:
            send(sqs, options.queue_url, body, min(BATCH, messages - start))
            requests += 1
        return requests

    with ThreadPoolExecutor(options.in_flight) as threads:
        return sum(threads.map(work, range(options.in_flight)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--queue-url", required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--body", type=int, required=True)
    options = parser.parse_args()
    body = "x" * options.body

    # Ten connections are the default: more threads would wait for them, or open others for one request each.
    config = Config(max_pool_connections=options.in_flight)
    sqs = boto3.client("sqs", endpoint_url=options.endpoint, config=config)

    send_all(sqs, options, body, options.messages // 10)
    wall, cpu = time.perf_counter(), time.process_time()
    requests = send_all(sqs, options, body, options.messages)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu

    print(
        json.dumps(
            {
                "client": "boto3",
                "version": boto3.__version__,
                "messages": options.messages,
                "seconds": round(wall, 3),
                "cpu_us_per_message": round(cpu * 1e6 / options.messages, 2),
                "requests": requests,
            }
        )
    )


try:
    main()
except (NotAccepted, BotoCoreError, ClientError) as why:
    sys.exit(f"boto3: {why}")
