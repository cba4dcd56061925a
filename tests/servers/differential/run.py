"""Runs one sequence against several servers and judges each reply.

run.py --seed 1 --operations 20000 ours=http://127.0.0.1:4566 moto=http://… elasticmq=http://…
"""
import argparse
import collections
import concurrent.futures
import json
import os
import sys
import time

from generator import Generator
from judge import Listed, is_about_state, judge
from outcome import normalise
from server import Server

LONG_RUN = 20000  # in which each listed difference should happen
HERE = os.path.dirname(os.path.abspath(__file__))


class Run:
    def __init__(self, servers, seed, listed):
        self.servers = servers
        self.generator = Generator(seed)
        self.listed = listed
        self.kinds = collections.Counter()
        self.examples = {}
        self.history = collections.defaultdict(lambda: collections.deque(maxlen=12))
        self.operations = 0
        self.renewed = 0
        self.received = 0
        self.by_name = collections.Counter()
        self.workers = concurrent.futures.ThreadPoolExecutor(len(servers))

    def everywhere(self, names, call):
        taking_part = [server for server in self.servers if server.name in names]
        return dict(zip((server.name for server in taking_part), self.workers.map(call, taking_part)))

    def step(self):
        operation = self.generator.next()
        raw = self.everywhere(operation.servers, lambda server: server.call(operation))
        outcomes = {name: normalise(operation, one) for name, one in raw.items()}
        for server in self.servers:
            reply = raw.get(server.name, (None, None))[0]
            if reply is not None:
                server.learn(operation, reply)
        ours = outcomes["ours"]
        self.received += len(ours.get("members", {}).get("Messages", []))
        disagree = False
        for name, theirs in outcomes.items():
            if name == "ours":
                continue
            found = judge(operation, name, ours, theirs)
            for kind in found:
                self.kinds[kind] += 1
                self.examples.setdefault(kind, (operation, list(self.history[operation.subject])))
            disagree = disagree or is_about_state(found)
        self.history[operation.subject].append(f"{operation.name} ({operation.input}): {ours['summary']}")
        if operation.then:
            operation.then(self.generator.world, ours)
        if operation.scratch:
            self.everywhere(operation.servers, lambda server: server.remove(operation.service, operation.scratch))
        elif operation.subject and (operation.renew or (disagree and operation.changes)):
            self.renew(operation.subject)
        elif operation.subject and disagree and operation.name == "GetQueueAttributes":
            self.renew_counts(operation, outcomes)
        self.operations += 1
        self.by_name[operation.name] += 1

    def renew_counts(self, operation, outcomes):
        """Servers that count other messages hold other messages."""
        counts = [{name: value for name, value in one.get("members", {}).get("Attributes", {}).items()
                   if name.startswith("Approximate")} for one in outcomes.values()]
        if any(one != counts[0] for one in counts):
            self.renew(operation.subject)

    def renew(self, name):
        """What the servers disagree about is taken away everywhere, so that one difference is not many."""
        self.renewed += 1
        for gone in self.generator.world.drop(name):
            self.history.pop(gone, None)
            service = "sns" if gone.startswith("topic-") else "sqs"
            names = ("ours", "moto") if gone.startswith(("topic-", "fan-")) else ("ours", "moto", "elasticmq")
            self.everywhere(names, lambda server: server.remove(service, gone))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("servers", nargs="+", metavar="NAME=URL")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--list", default=os.path.join(HERE, "differences.json"))
    parser.add_argument("--dump", help="write each kind that was found, as JSON, to this file")
    return parser.parse_args()


def main():
    given = arguments()
    servers = [Server(*one.split("=", 1)) for one in given.servers]
    listed = Listed(given.list)
    run = Run(servers, given.seed, listed)
    start = time.monotonic()
    for _ in range(given.operations):
        run.step()
    seconds = time.monotonic() - start
    unlisted = [kind for kind in run.kinds if not listed.note(kind)]
    for kind in sorted(unlisted):
        print(f"not listed, {run.kinds[kind]} times: {kind.server}, {kind.operation} ({kind.input}): "
              f"ours «{kind.ours}», theirs «{kind.theirs}»")
    if given.operations >= LONG_RUN:
        for group, server in listed.not_seen([server.name for server in servers]):
            print(f"listed, but it does not happen any more: {server}: {group['what']}")
    if given.dump:
        with open(given.dump, "w", encoding="utf-8") as file:
            for kind, times in sorted(run.kinds.items()):
                print(json.dumps({**kind._asdict(), "times": times, "listed": kind not in unlisted,
                                  "params": repr(run.examples[kind][0].params)[:400],
                                  "before": run.examples[kind][1]}, ensure_ascii=False), file=file)
    others = ", ".join(server.name for server in servers if server.name != "ours")
    print(f"{len(run.by_name)} kinds of operations in {seconds:.0f} s, {run.received} messages received, "
          f"{run.renewed} times a queue or topic was made anew")
    print(f"differential: {run.operations} operations, {len(run.kinds)} kinds of differences with {others}, "
          + ("all listed" if not unlisted else f"{len(unlisted)} NOT LISTED"))
    return 1 if unlisted else 0


if __name__ == "__main__":
    sys.exit(main())
