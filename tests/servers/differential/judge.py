"""Compares our outcome with another server's and names the kinds of differences; knows which are listed."""
import collections
import fnmatch
import json
import re

Kind = collections.namedtuple("Kind", "server operation input ours theirs")


def in_words(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text if re.fullmatch(r"[A-Za-z; /.-]{0,40}|not \d+ digits|application/x-amz-json-1.0", text) else "a value"


def field_differences(ours, theirs, path=""):
    """Pairs of words about each member that only one has, or that differs."""
    out = []
    for name in sorted(set(ours) | set(theirs)):
        here = f"{path}{name}"
        if name not in theirs:
            out.append((f"{here}: there", f"{here}: absent"))
        elif name not in ours:
            out.append((f"{here}: absent", f"{here}: there"))
        elif isinstance(ours[name], dict) and isinstance(theirs[name], dict):
            out += field_differences(ours[name], theirs[name], "MessageAttributes.*"
                                     if name == "MessageAttributes" else f"{here}.")
        elif ours[name] != theirs[name]:
            mine, other = in_words(ours[name]), in_words(theirs[name])
            out.append((f"{here}: {mine}", f"{here}: {'another' if mine == other else other}"))
    return out


def message_differences(operation, ours, theirs):
    """Standard queues in any order, FIFO queues in the order of each group."""
    out = []
    if len(ours) != len(theirs):
        out.append(("messages: those that are there", "messages: " + ("fewer" if len(theirs) < len(ours) else "more")))
    if operation.count_only:
        return out
    mine, other = collections.Counter(one[0] for one in ours), collections.Counter(one[0] for one in theirs)
    if mine != other and not out:
        out.append(("messages: those that are there", "messages: others"))
    if out:
        return out
    if operation.ordered:
        order = lambda found: {group: [body for body, of, _ in found if of == group] for _, group, _ in found}
        if order(ours) != order(theirs):
            out.append(("messages: in order", "messages: not in order"))
    found = dict((body, fields) for body, _, fields in theirs)
    for body, _, fields in ours:
        out += field_differences(fields, found[body], "Messages.")
    return sorted(set(out))


def differences(operation, ours, theirs):
    """[(ours, theirs)], without repetition."""
    if ours["summary"] != theirs["summary"]:
        return [(ours["summary"], theirs["summary"])]
    if not ours["ok"]:
        return []
    if "entries" in ours:
        out = []
        for key in sorted(set(ours["entries"]) | set(theirs["entries"])):
            mine, other = ours["entries"].get(key, {}), theirs["entries"].get(key, {})
            if mine.get("accepted") != other.get("accepted"):
                word = lambda one: ("entry " + ("accepted" if one["accepted"] else one["Code"])) if one else "no entry"
                out.append((word(mine), word(other)))
            else:
                out += field_differences(mine, other, "entry.")
        return sorted(set(out))
    mine, other = dict(ours["members"]), dict(theirs["members"])
    out = []
    if operation.name == "ReceiveMessage":
        out = message_differences(operation, mine.pop("Messages", []), other.pop("Messages", []))
    return out + sorted(set(field_differences(mine, other)))


def is_about_state(kinds):
    """Whether the servers may disagree from now on about what the queue or topic is or holds."""
    accepted = ("accepted", "entry accepted")
    return any((kind.ours in accepted) != (kind.theirs in accepted) or kind.theirs.startswith(("no entry", "error"))
               or kind.ours.startswith(("messages:", "Attributes.")) for kind in kinds)


def judge(operation, server, ours, theirs):
    found = [Kind(server, operation.name, operation.input, *pair) for pair in differences(operation, ours, theirs)]
    # How the reply is dressed: once for all operations.
    if ours["ok"] == theirs["ok"] and ours["wire"] and theirs["wire"]:
        input_class = f"any that is {'accepted' if ours['ok'] else 'refused'}"
        for pair in field_differences(ours["wire"], theirs["wire"]):
            found.append(Kind(server, f"any of {operation.service.upper()}", input_class, *pair))
    return found


class Listed:
    """The differences that are known, in differences.json: patterns of shells for operation, input, ours and theirs."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.groups = json.load(file)
        self.seen = collections.Counter()
        self.known = {}

    @staticmethod
    def fits(pattern, text):
        patterns = pattern if isinstance(pattern, list) else [pattern]
        return any(fnmatch.fnmatchcase(text, one.replace("[", "[[]")) for one in patterns)

    def group_of(self, kind):
        if kind not in self.known:
            self.known[kind] = next((index for index, group in enumerate(self.groups)
                                     if kind.server in group["servers"]
                                     and self.fits(group.get("operation", "*"), kind.operation)
                                     and self.fits(group.get("input", "*"), kind.input)
                                     and self.fits(group.get("ours", "*"), kind.ours)
                                     and self.fits(group.get("theirs", "*"), kind.theirs)), None)
        return self.known[kind]

    def note(self, kind):
        """False for a kind that is not listed."""
        index = self.group_of(kind)
        if index is None:
            return False
        self.seen[(index, kind.server)] += 1
        return True

    def not_seen(self, servers):
        """Without those that are marked as rare: they were seen with other seeds."""
        return [(group, server) for index, group in enumerate(self.groups) for server in group["servers"]
                if server in servers and not group.get("rare") and not self.seen[(index, server)]]
