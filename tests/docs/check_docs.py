#!/usr/bin/env python3
"""The documentation says what the code does.

  blocks     each block of C++, CMake or terminal output is an excerpt of a file that the tests compile and run
  links      files and anchors exist, other sites are reached by https
  paths      files that are named in `code` exist, and none is a path of one machine
  commands   `./run ...` and `sluice ...` name subcommands and options that there are
  errors     docs/errors.md explains every errc of include/sluice/error.hpp
  index      docs/README.md leads to every page of docs/
  examples   each is numbered, short, run by tests/program/test_examples.sh, and quoted or linked

A block is marked in the line directly above its fence:

    <!-- from: examples/04_fifo.cpp -->         the whole file
    <!-- from: examples/04_fifo.cpp#write -->   its lines between `// [write]` and `// [/write]`
    <!-- not compiled: why -->                  C++ and CMake that is not ours, such as the other side of a comparison
    <!-- not run: why -->                       the same for terminal output

usage: check_docs.py [--write] [--self-test] [--program PATH] [--root FOLDER]
  --write      bring the blocks up to date with their files, then check
  --self-test  first try each rule on pages that break it
  --program    the built program, whose --help knows its subcommands and options
"""
import argparse
import pathlib
import re
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from command_lines import Program, check_command, run_commands, simple_commands  # noqa: E402
from excerpts import BadExcerpt, excerpt  # noqa: E402
from markdown_page import Page  # noqa: E402

MARKED = {"cpp": "not compiled", "cmake": "not compiled", "console": "not run", "text": "not run"}
ALIASES = {"c++": "cpp", "cc": "cpp", "CMake": "cmake", "bash": "sh", "shell": "sh", "shell-session": "console"}
# Files that are not for readers of the documentation.
PASSED_OVER = {"build", "corpus", "node_modules", "__pycache__"}
SHELL_LANGUAGES = {"sh", "console"}
LONGEST_EXAMPLE = 80


def pages_of(root):
    found = []
    for path in sorted(root.rglob("*.md")):
        parts = path.relative_to(root).parts
        if not any(part in PASSED_OVER or part.startswith(".") for part in parts):
            found.append(Page("/".join(parts), path.read_text(encoding="utf-8")))
    return found


def is_documentation(name):
    """The pages whose blocks must be marked."""
    return name == "README.md" or name.startswith("docs/")


class Findings:
    def __init__(self):
        self.problems = []
        self.skipped = []
        self.checked = 0

    def add(self, page, line, problem):
        self.problems.append(f"{page}:{line}: {problem}")


def check_blocks(root, pages, findings):
    for page in pages:
        for line, problem in page.problems:
            findings.add(page.name, line, problem)
        for block in page.blocks:
            findings.checked += 1
            check_block(root, page, block, findings)


def check_block(root, page, block, findings):
    if is_documentation(page.name) and block.language in ALIASES:
        findings.add(page.name, block.line, f"write `{ALIASES[block.language]}`, not `{block.language}`")
    elif is_documentation(page.name) and not block.language:
        findings.add(page.name, block.line, "say which language it is: `text` for what a program prints")
    elif block.mark == "from":
        try:
            if block.text != excerpt(root, block.value):
                findings.add(page.name, block.line, f"differs from {block.value} (--write brings it up to date)")
        except BadExcerpt as bad:
            findings.add(page.name, block.line, str(bad))
    elif not is_documentation(page.name):
        return
    elif block.language in MARKED:
        if block.mark != MARKED[block.language]:
            findings.add(page.name, block.line, f"a {block.language} block needs <!-- from: FILE --> above it")
        elif len(block.value.split()) < 3:
            findings.add(page.name, block.line, "say why, in some words")
        else:
            findings.skipped.append(f"{page.name}:{block.line}: {block.mark}: {block.value}")
    elif block.mark:
        findings.add(page.name, block.line, f"a {block.language} block needs no such mark")


def write_blocks(root, pages):
    """Brings blocks up to date. Those whose source cannot be had stay, for the check to tell."""
    for page in pages:
        lines = list(page.lines)
        for block in reversed(page.blocks):
            if block.mark != "from":
                continue
            try:
                wanted = excerpt(root, block.value)
            except BadExcerpt:
                continue
            lines[block.first:block.last] = [(block.indent + line).rstrip() for line in wanted.split("\n")[:-1]]
        text = "\n".join(lines)
        if text != page.text:
            (root / page.name).write_text(text, encoding="utf-8")


def check_links(root, pages, findings):
    anchors = {page.name: page.anchors for page in pages}
    for page in pages:
        for link in page.links:
            findings.checked += 1
            problem = check_link(root, page, link.target, anchors)
            if problem:
                findings.add(page.name, link.line, problem)


def check_link(root, page, target, anchors):
    if not target:
        return "this link leads nowhere"
    url = urllib.parse.urlsplit(target)
    if url.scheme == "mailto":
        return None if "@" in url.path else f"no address: {target}"
    if url.scheme or target.startswith("//"):
        if url.scheme != "https":
            return f"other sites by https only: {target}"
        return None if re.fullmatch(r"[A-Za-z0-9.-]+\.[a-z]{2,}", url.netloc) else f"no host name: {target}"
    if target.startswith("/"):
        return f"an absolute path: {target}"
    path, _, anchor = target.partition("#")
    file = (root / page.name).parent / urllib.parse.unquote(path) if path else root / page.name
    file = file.resolve()
    if not file.is_relative_to(root.resolve()):
        return f"outside of the repository: {target}"
    if not file.exists():
        return f"there is no {target}"
    if not anchor:
        return None
    name = file.relative_to(root.resolve()).as_posix()
    if name not in anchors:
        return f"an anchor in what is no page: {target}"
    return None if anchor in anchors[name] else f"{name} has no heading #{anchor}"


NAMED_FILE = re.compile(r"(?:(?:examples|tests|src|include|bench|docs|cmake|packaging|sigv4|sluice)/)[\w.@/-]*\w\.\w+")
MACHINE_PATH = re.compile(r"(?<![\w.~}/:])/(?:work|home|root|Users|tmp/w\d)(?:/[\w.-]+)+")


def check_paths(root, pages, findings):
    for page in pages:
        for number, line in enumerate(page.lines, 1):
            for hit in MACHINE_PATH.findall(line):
                findings.add(page.name, number, f"a path of one machine: {hit}")
        for number, code in page.inline_code():
            if not NAMED_FILE.fullmatch(code):
                continue
            findings.checked += 1
            places = (root, root / "include", root / "sigv4/include", (root / page.name).parent)
            if not any((place / code).exists() for place in places):
                findings.add(page.name, number, f"there is no file {code}")


def check_commands(root, pages, program, findings):
    runs = run_commands(root)
    for page in pages:
        for block in page.blocks:
            if block.language not in SHELL_LANGUAGES:
                continue
            text = block.text
            if block.language == "console":
                text = "".join(line[2:] + "\n" for line in text.split("\n") if line.startswith("$ "))
            for words in simple_commands(text):
                findings.checked += 1
                problem = check_command(words, program, runs)
                if problem:
                    findings.add(page.name, block.line, problem)
        for number, code in page.inline_code():
            if not re.match(r"^(?:\./run|sluice) [a-z]", code):
                continue
            for words in simple_commands(code):
                findings.checked += 1
                problem = check_command(words, program, runs)
                if problem:
                    findings.add(page.name, number, problem)
    if program is None:
        findings.skipped.append("subcommands and options of sluice: no --program was given")


def check_errors(root, pages, findings):
    header = root / "include/sluice/error.hpp"
    body = re.search(r"enum class errc \{(.*?)\};", header.read_text(encoding="utf-8"), re.DOTALL).group(1)
    codes = re.findall(r"^\s*([a-z_]+)\s*(?:=\s*\d+)?,", body, re.MULTILINE)
    page = next((page for page in pages if page.name == "docs/errors.md"), None)
    if page is None:
        findings.add("docs/errors.md", 1, "there is no such page")
        return
    explained = re.findall(r"^\| `([a-z_]+)` \|", page.prose, re.MULTILINE)
    findings.checked += len(codes)
    for code in codes:
        if explained.count(code) != 1:
            findings.add(page.name, 1, f"errc::{code} has {explained.count(code)} rows")
    for code in set(explained) - set(codes):
        findings.add(page.name, 1, f"there is no errc::{code}")


def linked_from(root, page):
    folder = (root / page.name).parent
    return {(folder / link.target.partition("#")[0]).resolve() for link in page.links}


def check_index(root, pages, findings):
    index = next((page for page in pages if page.name == "docs/README.md"), None)
    if index is None:
        findings.add("docs/README.md", 1, "there is no index")
        return
    reached = linked_from(root, index)
    for page in pages:
        if page.name.startswith("docs/") and page is not index:
            findings.checked += 1
            if (root / page.name).resolve() not in reached:
                findings.add(index.name, 1, f"does not lead to {page.name}")


def check_examples(root, pages, findings):
    shown = set().union(*(linked_from(root, page) for page in pages if is_documentation(page.name)))
    shown |= {(root / block.value.partition("#")[0]).resolve() for page in pages for block in page.blocks
              if block.mark == "from"}
    script = (root / "tests/program/test_examples.sh").read_text(encoding="utf-8")
    numbers = {}
    for path in sorted((root / "examples").rglob("*.cpp")):
        name = path.relative_to(root).as_posix()
        findings.checked += 1
        if path.resolve() not in shown:
            findings.add(name, 1, "no page quotes it or links to it")
        if path.parent.name != "examples":
            continue
        hit = re.fullmatch(r"(\d\d)_([a-z0-9_]+)\.cpp", path.name)
        if not hit:
            findings.add(name, 1, "examples are named NN_name.cpp")
            continue
        number, short = hit.groups()
        if number in numbers:
            findings.add(name, 1, f"has the number of {numbers[number]}")
        numbers[number] = name
        if not re.search(rf"\bexample_{short}\b", script):
            findings.add(name, 1, "tests/program/test_examples.sh does not run it")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines >= LONGEST_EXAMPLE:
            findings.add(name, 1, f"{lines} lines: an example has fewer than {LONGEST_EXAMPLE}")


def check(root, program):
    findings = Findings()
    pages = pages_of(root)
    check_blocks(root, pages, findings)
    check_links(root, pages, findings)
    check_paths(root, pages, findings)
    check_commands(root, pages, program, findings)
    check_errors(root, pages, findings)
    check_index(root, pages, findings)
    check_examples(root, pages, findings)
    return findings


def main():
    arguments = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--self-test", action="store_true")
    arguments.add_argument("--program")
    arguments.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    given = arguments.parse_args()
    passed = failed = 0
    if given.self_test:
        from self_test import run_self_test
        passed, failed = run_self_test(check, write=lambda root: write_blocks(root, pages_of(root)))
    if given.write:
        write_blocks(given.root, pages_of(given.root))
    findings = check(given.root, Program(given.program) if given.program else None)
    for problem in findings.problems:
        print(problem)
    for what in findings.skipped:
        print(f"skipped: {what}")
    passed += max(0, findings.checked - len(findings.problems))
    failed += len(findings.problems)
    print(f"counts: {passed} passed, {failed} failed, {len(findings.skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
