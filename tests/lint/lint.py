#!/usr/bin/env python3
"""Rules of the house that a compiler does not check.

  arrows      a room includes only itself and the rooms below it
  public      public headers name no Beast, no OpenSSL and no JSON
  coroutines  co_await in the forms that g++ 12.2 miscompiles
  size        files stay readable
  pipes       grep -q closes its pipe early
  paths       no path of a developer's machine

Each rule is first tried on a text that breaks it: a rule that finds nothing there has rotted.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# From the ground up: a room may use the rooms before it.
ROOMS = ["protocol", "transport", "credentials", "client", "service", "session", "stream", "topology", "bus", "testing",
         "local", "cli"]

# The room that a public header belongs to.
PUBLIC_ROOM = {
    "as_result.hpp": "protocol", "export.hpp": "protocol", "version.hpp": "protocol", "error.hpp": "protocol", "message.hpp": "protocol", "wire_protocol.hpp": "protocol",
    "transport.hpp": "transport", "http_transport.hpp": "transport", "credentials.hpp": "credentials", "retry_mode.hpp": "client",
    "sns/operations.hpp": "service", "sqs/operations.hpp": "service", "sts/operations.hpp": "service",
    "pages.hpp": "service", "raw_reply.hpp": "service",
    "sns/publish_requests.hpp": "service", "sns/subscription_requests.hpp": "service", "sns/topic_requests.hpp": "service",
    "sqs/management_requests.hpp": "service", "sqs/message_requests.hpp": "service", "sqs/queue_requests.hpp": "service",
    "sns/client.hpp": "service", "sqs/client.hpp": "service", "sts/client.hpp": "service",
    "session.hpp": "session", "credentials_providers.hpp": "session",
    "writer_options.hpp": "stream", "stream_attributes.hpp": "stream", "writer_observer.hpp": "stream", "sns/writer.hpp": "stream", "sqs/writer.hpp": "stream", "sqs/reader.hpp": "stream", "sqs/reader_options.hpp": "stream", "sqs/reader_observer.hpp": "stream", "sqs/delivery.hpp": "stream",
    "middleware/compose.hpp": "stream", "middleware/dead_letter.hpp": "stream", "middleware/deduplicate.hpp": "stream",
    "middleware/deduplication_store.hpp": "stream", "middleware/failure.hpp": "stream", "middleware/log_errors.hpp": "stream",
    "middleware/memory_deduplication_store.hpp": "stream", "middleware/message_context.hpp": "stream",
    "middleware/retry_in_place.hpp": "stream", "middleware/claim_check.hpp": "stream",
    "middleware/compression.hpp": "stream", "middleware/restored_content.hpp": "stream", "cloud_event.hpp": "stream",
    "sns/signature.hpp": "stream",
    "observability/event_log.hpp": "stream", "observability/metrics.hpp": "stream",
    "observability/observers.hpp": "stream", "observability/semantic_conventions.hpp": "stream",
    "observability/trace_context.hpp": "stream", "observability/tracing.hpp": "stream",
    "chain.hpp": "topology", "bus/cloud_event_envelope.hpp": "bus", "bus/envelope.hpp": "bus", "bus/command_consumer.hpp": "bus", "bus/command_context.hpp": "bus",
    "bus/command_handlers.hpp": "bus", "bus/command_traits.hpp": "bus", "bus/reply_queues.hpp": "bus",
    "bus/send_options.hpp": "bus", "command_bus.hpp": "bus", "json.hpp": "bus",
    "local/broker.hpp": "local", "local/fault_rule.hpp": "local", "local/request_record.hpp": "local", "local/storage.hpp": "local", "sluice.hpp": "cli",
}

# The embedded broker shares no codec and no rule with the client but the table of limits: a mistake must not cancel out.
# `short_text` is a container. The others are what its face as a transport is made of.
LOCAL_MAY = {"protocol/limits.hpp", "protocol/short_text.hpp", "sluice/export.hpp", "sluice/http_transport.hpp", "sluice/transport.hpp", "transport/one_shot_event.hpp"}

INCLUDE = re.compile(r'^\s*#include\s+["<]([^">]+)[">]', re.MULTILINE)


def room_of_include(name):
    """The room of an included file of ours, or None for other people's."""
    if name.startswith("sluice/"):
        return PUBLIC_ROOM.get(name[len("sluice/"):], "unknown")
    first = name.split("/")[0]
    return first if first in ROOMS and "/" in name else None


def check_arrows(path, text):
    parts = pathlib.PurePath(path).parts
    if parts[:2] == ("include", "sluice"):
        own = PUBLIC_ROOM.get("/".join(parts[2:]))
        if own is None:
            return ["no room is stated for this public header: add it to PUBLIC_ROOM in tests/lint/lint.py"]
    elif parts[0] == "src" and parts[1] in ROOMS:
        own = parts[1]
    else:
        return []
    found = []
    for name in INCLUDE.findall(text):
        room = room_of_include(name)
        if own == "protocol" and re.match(r"boost/(asio|beast)/|openssl/ssl", name) and not path.endswith("as_result.hpp"):
            found.append(f"the room protocol does no I/O, but includes {name}")
        if room is None:
            continue
        if own == "local" and room != "local" and name not in LOCAL_MAY:
            found.append(f"the embedded broker must not use {name}")
        elif room == "unknown" or ROOMS.index(room) > ROOMS.index(own):
            found.append(f"{own} must not include {name} of {room}")
        elif room == "local" and own not in ("local", "cli"):
            found.append(f"{own} must not include {name} of {room}")
    return found


def check_public(path, text):
    if not path.startswith("include/") or path.endswith("json.hpp"):
        return []
    return [f"a public header must not include {name}" for name in INCLUDE.findall(text)
            if re.match(r"boost/beast/|openssl/|nlohmann/|boost/asio/ssl", name)]


COROUTINE_FORMS = [
    (re.compile(r"\?[^;:]*co_await|co_await[^;]*\?[^;]*:[^;:]"), "co_await with ?: name the values first"),
    (re.compile(r"co_await[^;]*[({,]\s*\{\."), "an aggregate temporary with co_await: name it first"),
    (re.compile(r"co_await[^;]*\[[^\]]*=[^\]]*\]\s*\("), "a capturing lambda temporary with co_await: name it first"),
    (re.compile(r"(CHECK|REQUIRE)\w*\([^;]*co_await"), "co_await inside a test macro: name its result first"),
]


def without_comments_and_strings(text):
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def awaits_in_condition(line):
    """True for `if (co_await f())`, not for `if (x) co_await f();`."""
    for start in re.finditer(r"\b(?:if|while|switch) ?\(", line):
        depth = 1
        for at in range(start.end(), len(line)):
            depth += {"(": 1, ")": -1}.get(line[at], 0)
            if depth == 0:
                break
            if line.startswith("co_await", at):
                return True
    return False


def check_coroutines(path, text):
    if path.endswith(".md"):
        text = "\n".join(re.findall(r"```cpp\n(.*?)```", text, re.DOTALL))
    elif not path.endswith((".cpp", ".hpp")):
        return []
    found = []
    for number, line in enumerate(without_comments_and_strings(text).split("\n"), 1):
        found += [f"line {number}: {why}" for form, why in COROUTINE_FORMS if form.search(line)]
        if awaits_in_condition(line):
            found.append(f"line {number}: co_await in a condition: name its result first")
    return found


def check_size(path, text):
    if not path.startswith(("src/", "include/", "sigv4/")) or not path.endswith((".cpp", ".hpp")):
        return []
    lines = text.count("\n")
    return [f"{lines} lines: is it still one concept?"] if lines > 450 else []


def check_paths(path, text):
    if path == "tests/lint/lint.py":
        return []
    return [f"a path of one machine: {hit}" for hit in re.findall(r"/(?:work|home)/[a-z]+[^\s\"']*", text)]


def check_pipes(path, text):
    """Under pipefail: grep -q leaves at its first match, and its producer dies of the closed pipe, if it is slow."""
    if not (path.endswith(".sh") or path == "run") or "pipefail" not in text:
        return []
    return [f"line {number}: a pipe into grep -q: grep -q … <<<\"$(…)\""
            for number, line in enumerate(text.split("\n"), 1)
            if re.search(r"(?<!\|)\|\s*grep (-\w+ )*-\w*q", line) and not re.search(r"\btail -n 1 |\bninja ", line)]


RULES = {
    "include arrows between rooms": (check_arrows, ("src/protocol/x.cpp", '#include "transport/pool.hpp"\n')),
    "embedded broker apart from the client": (check_arrows, ("src/local/x.cpp", '#include "protocol/md5.hpp"\n')),
    "public headers without Beast, OpenSSL, JSON": (check_public, ("include/sluice/error.hpp", "#include <openssl/evp.h>\n")),
    "coroutine forms that g++ 12.2 miscompiles": (check_coroutines, ("src/cli/x.cpp", "if (co_await f()) g();\n")),
    "aggregate temporaries with co_await": (check_coroutines, ("src/cli/x.cpp", "co_await f({.a = 1});\n")),
    "file sizes": (check_size, ("src/cli/x.cpp", "\n" * 500)),
    "no pipe into grep -q": (check_pipes, ("tests/x.sh", "set -euo pipefail\nlist | grep -q x\n")),
    "no paths of a machine": (check_paths, ("README.md", "see /home/me/x")),
}


def files():
    for folder in ("src", "include", "sigv4", "tests", "examples", "bench"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "corpus" not in path.parts and path.suffix in (".cpp", ".hpp", ".md", ".py", ".sh", ".txt"):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for name in ("README.md", "CMakeLists.txt", "run"):
        if (ROOT / name).exists():
            yield name, (ROOT / name).read_text(encoding="utf-8")


def main():
    everything = list(files())
    passed = failed = 0
    for name, (check, bad) in RULES.items():
        problems = [f"{path}: {problem}" for path, text in everything for problem in check(path, text)]
        if not check(*bad):
            problems.append("the rule does not find its own bad example")
        for problem in problems:
            print(f"{name}: {problem}")
        passed, failed = (passed, failed + 1) if problems else (passed + 1, failed)
    print(f"counts: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
