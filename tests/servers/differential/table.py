"""Writes the list of differences into docs/local.md, one table for each server, or checks that it is there.

table.py --write | --check
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "..", "docs", "local.md")
BEGIN, END = "<!-- differences: begin -->", "<!-- differences: end -->"
TITLES = {"moto": "moto", "elasticmq": "ElasticMQ"}
RIGHT = {"ours": "sluice", "theirs": "the other", "open": "AWS leaves it open"}


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def tables(groups):
    lines = []
    for server, title in TITLES.items():
        lines += ["", f"### {title}", "", f"| what {title} does otherwise | what AWS documents | who is right |",
                  "|---|---|---|"]
        lines += [f"| {cell(group['what'])} | {cell(group['aws'])} | {RIGHT[group['right']]} |"
                  for group in groups if server in group["servers"]]
    return "\n".join(lines).strip("\n")


def main():
    with open(os.path.join(HERE, "differences.json"), encoding="utf-8") as file:
        text = tables(json.load(file))
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    if BEGIN not in page or END not in page:
        print(f"docs/local.md has no place for the differences: {BEGIN} … {END}")
        return 1
    before, rest = page.split(BEGIN, 1)
    wanted = f"{before}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}"
    if sys.argv[1:] == ["--write"]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(wanted)
    elif page != wanted:
        print("docs/local.md does not show tests/servers/differential/differences.json: run table.py --write there")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
