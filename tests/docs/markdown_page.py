"""A Markdown page as the checks see it: fenced blocks with the comment above them, headings, links, inline code."""
import dataclasses
import re

FENCE = re.compile(r"^( *)(`{3,})([^`\s]*)[^`]*$")
COMMENT = re.compile(r"^<!-- (from|not compiled|not run): (.*?) -->$")
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$")
INLINE_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
INLINE_LINK = re.compile(r"\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[([^\]^]+)\]:\s+(\S+)", re.MULTILINE)
REFERENCE_USE = re.compile(r"\[[^\[\]]+\]\[([^\[\]]*)\]")
AUTOLINK = re.compile(r"<([a-z]+:[^<>\s]+)>")
HTML_LINK = re.compile(r"(?:href|src)=\"([^\"]*)\"")


@dataclasses.dataclass
class Block:
    line: int       # of the opening fence, from 1
    language: str
    text: str       # with a line end after each line
    mark: str       # "from", "not compiled", "not run" or ""
    value: str      # what the mark says
    first: int      # index of the first line of the text
    last: int       # index after its last line
    indent: str


@dataclasses.dataclass
class Link:
    line: int
    target: str


class Page:
    """`problems` are those of the form itself, such as a fence that is never closed."""

    def __init__(self, name, text):
        self.name = name
        self.text = text
        self.lines = text.split("\n")
        self.blocks = []
        self.problems = []
        self._find_blocks()
        self.prose = self._prose()
        self.anchors = self._find_anchors()
        self.links = self._find_links()

    def _find_blocks(self):
        used_comments = set()
        at = 0
        while at < len(self.lines):
            opening = FENCE.match(self.lines[at])
            if not opening:
                at += 1
                continue
            indent, ticks, language = opening.groups()
            closing = re.compile(r"^ *`{%d,} *$" % len(ticks))
            last = next((i for i in range(at + 1, len(self.lines)) if closing.match(self.lines[i])), None)
            if last is None:
                self.problems.append((at + 1, "this fence is never closed"))
                break
            text = "".join(line.removeprefix(indent) + "\n" for line in self.lines[at + 1:last])
            comment = COMMENT.match(self.lines[at - 1].strip()) if at > 0 else None
            if comment:
                used_comments.add(at - 1)
            mark, value = comment.groups() if comment else ("", "")
            self.blocks.append(Block(at + 1, language, text, mark, value.strip(), at + 1, last, indent))
            at = last + 1
        inside = {i for block in self.blocks for i in range(block.first, block.last)}
        for i, line in enumerate(self.lines):
            if COMMENT.match(line.strip()) and i not in used_comments and i not in inside:
                self.problems.append((i + 1, "this mark has no fence directly below it"))

    def _prose(self):
        """The text with the same lines, those of blocks empty."""
        lines = list(self.lines)
        for block in self.blocks:
            for i in range(block.first - 1, block.last + 1):
                lines[i] = ""
        return "\n".join(lines)

    def _find_anchors(self):
        """As GitHub names them."""
        seen, anchors = {}, set()
        for line in self.prose.split("\n"):
            heading = HEADING.match(line)
            if not heading:
                continue
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).replace("`", "")
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            anchors.add(slug if count == 0 else f"{slug}-{count}")
        return anchors | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", self.prose))

    def _find_links(self):
        without_code = INLINE_CODE.sub(lambda hit: "`" + re.sub(r"[^\n]", " ", hit.group(2)) + "`", self.prose)
        found = []
        for pattern in (INLINE_LINK, AUTOLINK, HTML_LINK):
            found += [(hit.start(), hit.group(1)) for hit in pattern.finditer(without_code)]
        defined = {name.lower(): target for name, target in REFERENCE.findall(without_code)}
        found += [(hit.start(), hit.group(2)) for hit in REFERENCE.finditer(without_code)]
        for hit in REFERENCE_USE.finditer(without_code):
            name = hit.group(1) or hit.group(0)[1:hit.group(0).index("]")]
            if name.lower() not in defined:
                self.problems.append((self._line(hit.start()), f"the reference [{name}] is defined nowhere"))
        return [Link(self._line(start), target) for start, target in sorted(found)]

    def _line(self, offset):
        return self.prose.count("\n", 0, offset) + 1

    def inline_code(self):
        """(line, text) of every span of inline code, on one line."""
        return [(self._line(hit.start()), " ".join(hit.group(2).split())) for hit in INLINE_CODE.finditer(self.prose)]
