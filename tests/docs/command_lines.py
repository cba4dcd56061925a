"""The commands of `sh` blocks against what `sluice --help` and `run` say that there is."""
import re
import shlex
import subprocess

PLACEHOLDER = re.compile(r"^[A-Z][A-Z_]*…?$|^…$|^\.\.\.$")


def run_commands(root):
    """What the usage text of ./run names, each with its options."""
    text = (root / "run").read_text(encoding="utf-8")
    usage = re.findall(r"^#   \./run ([a-z]+)(.*)$", text, re.MULTILINE)
    return {name: set(re.findall(r"--[a-z][a-z0-9-]*", rest)) for name, rest in usage}


class Program:
    """Subcommands and options of a program made with CLI11, by its help texts. Each is asked for once."""

    def __init__(self, path):
        self.path = path
        self._help = {}

    def help(self, names):
        key = tuple(names)
        if key not in self._help:
            answer = subprocess.run([self.path, *names, "--help"], capture_output=True, text=True, timeout=60, check=False)
            self._help[key] = answer.stdout if answer.returncode == 0 else ""
        return self._help[key]

    def subcommands(self, names):
        _, _, rest = self.help(names).partition("Subcommands:")
        return set(re.findall(r"^  ([a-z][\w-]*)", rest, re.MULTILINE))

    def options(self, names):
        found = set()
        for line in self.help(names).split("\n"):
            hit = re.match(r"^\s+((?:!?-{1,2}[A-Za-z0-9][\w-]*(?:\{[^}]*\})?(?:, *)?)+)", line)
            if hit:
                found |= set(re.findall(r"-{1,2}[A-Za-z0-9][\w-]*", hit.group(1)))
        return found


def simple_commands(text):
    """Word lists of the commands in a piece of shell, as far as they can be told without a shell."""
    text = re.sub(r"\\\n\s*", " ", text)
    text = re.sub(r"\$\(([^()]*)\)", r"; \1 ;", text)
    found = []
    for line in text.split("\n"):
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        try:
            words = list(lexer)
        except ValueError: # a quotation that spans lines
            continue
        current = []
        for word in words + [";"]:
            if set(word) <= set("|&;()"):
                if current:
                    found.append(current)
                current = []
            else:
                current.append(word)
    return found


def check_command(words, program, runs):
    """Why this is no command of ours that can work, or None. `program` is None where none was built."""
    while words and re.match(r"^[A-Za-z_]\w*=", words[0]):
        words = words[1:]
    if words and words[0] == "$":
        words = words[1:]
    if not words:
        return None
    if words[0] == "./run":
        if len(words) == 1 or PLACEHOLDER.match(words[1]):
            return None
        if words[1] not in runs:
            return f"./run knows no {words[1]!r}"
        if words[1] == "sluice":
            words = ["sluice", *words[2:]]
        elif words[1] == "demo":
            words = ["sluice", "demo", *words[2:]]
        else:
            unknown = [word for word in words[2:] if word.startswith("--") and word not in runs[words[1]]]
            return f"./run {words[1]} knows no {unknown[0]}" if unknown else None
    if words[0] != "sluice" and not words[0].endswith("/cli/sluice"):
        return None
    return check_arguments(words[1:], program) if program else None


def check_arguments(words, program):
    names = []
    while words and not words[0].startswith("-"):
        below = program.subcommands(names)
        if not below or PLACEHOLDER.match(words[0]):
            break
        if words[0] not in below:
            # `sluice chain orders billing` and `sluice chain apply FILE`: a command with positionals of its own.
            if names and re.search(r"^Positionals:", program.help(names), re.MULTILINE):
                break
            return f"`{' '.join(['sluice', *names])}` has no subcommand {words[0]!r}"
        names.append(words[0])
        words = words[1:]
    known = program.options(names)
    for word in words:
        if word == "--":
            break
        option = word.partition("=")[0]
        if re.match(r"^--?[A-Za-z][\w-]*$", option) and option not in known:
            return f"`{' '.join(['sluice', *names])}` has no option {option}"
    return None
