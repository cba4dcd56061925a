"""Excerpts of files: a whole one, or the lines between `// [name]` and `// [/name]` (`# [name]` in scripts)."""
import re
import textwrap

MARKER = re.compile(r"^\s*(?://|#)\s*\[(/?)([a-z0-9][a-z0-9_-]*)\]\s*$")


class BadExcerpt(Exception):
    pass


def without_markers(lines):
    return [line for line in lines if not MARKER.match(line)]


def excerpt(root, reference):
    """The text that `examples/04_fifo.cpp#write` stands for. Throws BadExcerpt with the reason why there is none."""
    path, _, region = reference.partition("#")
    file = root / path
    if not file.is_file():
        raise BadExcerpt(f"there is no file {path}")
    lines = file.read_text(encoding="utf-8").splitlines()
    if region:
        lines = region_of(lines, region, path)
    text = textwrap.dedent("".join(line + "\n" for line in without_markers(lines)))
    if not text.strip():
        raise BadExcerpt(f"{reference} is empty")
    return text.strip("\n") + "\n"


def region_of(lines, region, path):
    marks = [(i, MARKER.match(line)) for i, line in enumerate(lines)]
    starts = [i for i, mark in marks if mark and mark.groups() == ("", region)]
    ends = [i for i, mark in marks if mark and mark.groups() == ("/", region)]
    if len(starts) != 1 or len(ends) != 1 or starts[0] > ends[0]:
        raise BadExcerpt(f"{path} must have one [{region}] and one [/{region}] after it")
    return lines[starts[0] + 1:ends[0]]
