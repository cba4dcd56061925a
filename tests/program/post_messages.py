#!/usr/bin/env python3
"""Clients of the HTTP server example: many at once, and a SIGTERM in the middle.

usage: post_messages.py PORT PID MESSAGES ACCEPTED_FILE

Eight clients with a connection each post MESSAGES bodies (`post-1` ...). When a third was accepted, PID gets SIGTERM. The
bodies that were answered with 202 go to ACCEPTED_FILE, one a line. Fails when an answer was none of 202 and the end of the
connection, or when the signal did not come in the middle.
"""
import http.client
import os
import signal
import sys
import threading

CLIENTS = 8


def main():
    port, pid, messages = (int(argument) for argument in sys.argv[1:4])
    lock = threading.Lock()
    waiting = [f"post-{number}" for number in range(messages, 0, -1)]
    accepted, ends, wrong = [], [], []
    told = threading.Event()

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not waiting:
                    return
                body = waiting.pop()
            try:
                connection.request("POST", "/", body=body)
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException) as end: # the server has gone
                with lock:
                    ends.append(repr(end))
                return
            with lock:
                if answer.status == 202 and len(text.split()) == 1:
                    accepted.append(body)
                else:
                    wrong.append(f"{answer.status} {text[:200]!r}")
                if len(accepted) >= messages // 3 and not told.is_set():
                    told.set()
                    os.kill(pid, signal.SIGTERM)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(sys.argv[4], "w", encoding="utf-8") as out:
        out.writelines(body + "\n" for body in accepted)
    print(f"{len(accepted)} accepted, {len(ends)} connections ended, {len(wrong)} wrong answers")
    for one in wrong:
        print(one)
    return 0 if told.is_set() and not wrong and ends and len(accepted) < messages else 1


if __name__ == "__main__":
    sys.exit(main())
