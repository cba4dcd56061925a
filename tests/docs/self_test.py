"""Each rule of check_docs.py is tried on pages that break it: a rule that finds nothing there has rotted."""
import pathlib
import stat
import tempfile

GOOD = {
    "README.md": """# Top

See [the pages](docs/README.md), [errors](docs/errors.md#what-they-mean), [here](#two-commands), [AWS](https://aws.amazon.com/sqs/)
and `examples/01_publish.cpp`. In code a `[link](nowhere.md)` is none. A [reference][pages] too.

[pages]: docs/README.md

## Two commands

<!-- from: examples/01_publish.cpp#call -->
```cpp
write(order);
```

<!-- from: examples/output.txt -->
```text
published
```

<!-- not compiled: the code of the other library -->
```cpp
client.SendMessage(request);
```

```sh
./run test --ci            # a comment with --nonsense
seq 1 5 | ./run sluice write billing --quick
sluice chain apply FILE    # `sluice chain --help`
export A=b; sluice read "$queue" --count=5 | head -n 1
```
""",
    "docs/README.md": "# Pages\n\n* [Errors](errors.md)\n* [Up](../README.md#two-commands)\n",
    "docs/errors.md": "# Errors\n\n## What they mean?\n\n## What they mean\n\n| `timeout` | a deadline |\n| `closed` | it was |\n",
    "include/sluice/error.hpp": "enum class errc {\n    timeout = 1, ///< a\n    closed,      ///< b\n};\n",
    "examples/01_publish.cpp": "int main() {\n    // [call]\n    // [inner]\n    write(order);\n    // [/inner]\n    // [/call]\n}\n",
    "examples/output.txt": "published\n",
    "tests/program/test_examples.sh": "example_publish\n",
    "run": "#   ./run demo [OPTIONS]   the main job\n#   ./run test [--ci]       tests\n#   ./run sluice ARGS...    the program\n",
    "program": """#!/bin/sh
case "$*" in
    --help) printf 'Usage: x SUBCOMMAND\\nOptions:\\n  -h,--help     Help\\nSubcommands:\\n  read    Reads\\n  write   Writes\\n  chain   Chains\\n  demo    Shows\\n' ;;
    "read --help") printf 'Options:\\n  -n,--count UINT   How many\\n' ;;
    "write --help") printf 'Positionals:\\n  QUEUE TEXT   Where\\nOptions:\\n  --quick   Not --slow\\n' ;;
    "chain --help") printf 'Positionals:\\n  TOPIC TEXT  Topic\\nOptions:\\n  -h,--help  Help\\nSubcommands:\\n  apply   Does it\\n' ;;
    "chain apply --help") printf 'Options:\\n  --json  JSON\\n' ;;
    "demo --help") printf 'Options:\\n  --messages UINT  How many\\n' ;;
    *) exit 2 ;;
esac
""",
}

# What is broken: file, old text, new text, and a part of what must be said.
BROKEN = [
    ("README.md", "write(order);", "write(orders);", "differs from examples/01_publish.cpp#call"),
    ("README.md", "published\n", "printed\n", "differs from examples/output.txt"),
    ("README.md", "#call -->", "#calls -->", "must have one [calls]"),
    ("README.md", "examples/output.txt -->", "examples/other.txt -->", "there is no file examples/other.txt"),
    ("README.md", "<!-- from: examples/01_publish.cpp#call -->\n", "", "a cpp block needs <!-- from: FILE -->"),
    ("README.md", "<!-- from: examples/output.txt -->\n", "", "a text block needs <!-- from: FILE -->"),
    ("README.md", "<!-- from: examples/output.txt -->\n", "<!-- from: examples/output.txt -->\n\n", "no fence directly below"),
    ("README.md", "the code of the other library", "because", "say why"),
    ("README.md", "```text", "```", "say which language"),
    ("README.md", "```cpp\nwrite", "```c++\nwrite", "write `cpp`, not `c++`"),
    ("README.md", "head -n 1\n```\n", "head -n 1\n", "never closed"),
    ("README.md", "](docs/README.md)", "](docs/README)", "there is no docs/README"),
    ("README.md", "#what-they-mean", "#what-they-meant", "has no heading #what-they-meant"),
    ("README.md", "](#two-commands)", "](#three-commands)", "has no heading #three-commands"),
    ("README.md", "https://aws", "http://aws", "by https only"),
    ("README.md", "https://aws.amazon.com/sqs/", "https:///sqs/", "no host name"),
    ("README.md", "](docs/README.md)", "](/docs/README.md)", "an absolute path"),
    ("README.md", "](docs/README.md)", "](../../other/README.md)", "outside of the repository"),
    ("README.md", "[reference][pages]", "[reference][page]", "is defined nowhere"),
    ("README.md", "]: docs/README.md", "]: docs/READYOU.md", "there is no docs/READYOU.md"),
    ("README.md", "`examples/01_publish.cpp`", "`examples/02_publish.cpp`", "there is no file examples/02_publish.cpp"),
    ("README.md", "# Top", "# Top\n\nin /" + "home/me/sluice", "a path of one machine"),
    ("README.md", "./run test --ci", "./run tests", "./run knows no 'tests'"),
    ("README.md", "./run test --ci", "./run test --quick", "./run test knows no --quick"),
    ("README.md", "./run test --ci", "./run demo --loud", "has no option --loud"),
    ("README.md", "--quick", "--slow", "`sluice write` has no option --slow"),
    ("README.md", "sluice read", "sluice reed", "has no subcommand 'reed'"),
    ("README.md", "--count=5", "--count=5 -x", "has no option -x"),
    ("README.md", "A [reference]", "A `sluice chain apply --loud` [reference]", "has no option --loud"),
    ("docs/errors.md", "| `closed` | it was |\n", "", "errc::closed has 0 rows"),
    ("docs/errors.md", "| `closed` |", "| `opened` |", "there is no errc::opened"),
    ("docs/README.md", "* [Errors](errors.md)\n", "", "does not lead to docs/errors.md"),
    ("tests/program/test_examples.sh", "example_publish", "example_other", "does not run it"),
    ("examples/01_publish.cpp", "int main", "\n" * 80 + "int main", "fewer than 80"),
    ("examples/output.txt", "published\n", "", "is empty"),
]

# A file that is there too, and what must be said of it.
ADDED = [
    ("examples/publish.cpp", "examples are named NN_name.cpp"),
    ("examples/02_consume.cpp", "no page quotes it"),
    ("examples/01_consume.cpp", "has the number of"),
    ("docs/more.md", "does not lead to docs/more.md"),
]


def tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "program").chmod(stat.S_IRWXU)


def problems_of(check, files):
    from command_lines import Program
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        tree(root, files)
        return check(root, Program(str(root / "program"))).problems


def is_written(write, check):
    """--write repairs a block that differs, and touches nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        tree(root, GOOD | {"README.md": GOOD["README.md"].replace("write(order);", "write(\n\n  orders);")})
        write(root)
        return (root / "README.md").read_text(encoding="utf-8") == GOOD["README.md"]


def run_self_test(check, write):
    """(passed, failed); says what failed."""
    outcomes = []

    def expect(what, good, seen):
        outcomes.append(good)
        if not good:
            print(f"FAILED: self-test: {what}: {seen}")

    seen = problems_of(check, GOOD)
    expect("good pages", not seen, seen)
    for name, old, new, wanted in BROKEN:
        if old not in GOOD[name]:
            expect(f"{name}: {old!r}", False, "is not in the good page")
            continue
        seen = problems_of(check, GOOD | {name: GOOD[name].replace(old, new, 1)})
        expect(f"{name}: {old!r} -> {new!r}: {wanted}", any(wanted in problem for problem in seen), seen)
    for name, wanted in ADDED:
        seen = problems_of(check, GOOD | {name: "int main() {}\n"})
        expect(f"{name}: {wanted}", any(wanted in problem for problem in seen), seen)
    expect("--write", is_written(write, check), "the page is another one")
    return outcomes.count(True), outcomes.count(False)
