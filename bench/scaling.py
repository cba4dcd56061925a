"""How the cost of a message changes with threads, writers, destinations and size, and what a lone write waits for.

usage: scaling.py --build FOLDER [--rounds N] [--messages N] [--only TITLE]

Each line is a load of `bench_write`, against replies from memory (no sockets, no service) unless it says otherwise. Those of
a group run in turn, round by round; a figure is the median of its rounds, the ratio is to the first of its group.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

IN_PROCESS = ["--in-process"]
GROUPS = {
    "threads, replies from memory (messages/s)": ("messages_per_second", {
        f"{threads} thread(s)": [*IN_PROCESS, "--threads", threads] for threads in (1, 2)}),
    "threads, over loopback (CPU for a message)": ("cpu_us_per_message", {
        f"{threads} thread(s)": ["--threads", threads] for threads in (1, 2)}),
    "writers (CPU for a message)": ("cpu_us_per_message", {
        f"{writers:,} writers": [*IN_PROCESS, "--writers", writers] for writers in (10, 100, 1_000, 10_000)}),
    # Always as many writers as give each of 1,000 destinations full batches, and the time to fill them.
    "destinations, 20,000 writers (CPU for a message)": ("cpu_us_per_message", {
        f"{destinations:,} destinations": [*IN_PROCESS, "--destinations", destinations, "--in-flight", 1,
                                           "--writers", 20_000, "--linger", 1_000]
        for destinations in (1, 10, 100, 1_000)}),
    "size (CPU for a KB)": ("cpu_us_per_kb", {
        f"{body:,} B": [*IN_PROCESS, "--body", body, "--in-flight", 4] for body in (1_000, 4_000, 16_000, 64_000, 256_000)}),
    "64 requests in flight over loopback (peak RSS)": ("peak_rss_mib", {"200 B": ["--in-flight", 64]}),
}
UNITS = {"messages_per_second": "/s", "cpu_us_per_message": " µs", "cpu_us_per_kb": " µs", "peak_rss_mib": " MiB"}


def run(options, extra):
    command = [options.build / "bench" / "bench_write", "--json", *map(str, extra)]
    if "--messages" not in extra:
        # As many bytes for large ones as for small ones.
        body = int(extra[extra.index("--body") + 1]) if "--body" in extra else 200
        command += ["--messages", str(max(2_000, min(options.messages, options.messages * 1_000 // body)))]
    seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    seen["cpu_us_per_kb"] = seen["cpu_us_per_message"] * 1_000 / seen["body"]
    return seen


LONE = "a lone write over loopback"


def compare(options):
    for title, (what, loads) in GROUPS.items():
        if options.only not in title:
            continue
        seen = {name: [] for name in loads}
        for _ in range(options.rounds):
            for name, extra in loads.items():
                seen[name].append(run(options, extra)[what])
        print(f"\n{title}, median of {options.rounds}:")
        first = None
        for name, figures in seen.items():
            middle = statistics.median(figures)
            first = first or middle
            print(f"  {name:<22} {middle:12,.2f}{UNITS[what]}  {middle / first:.2f}×", flush=True)


def wait_alone(options):
    """One writer that writes one message after another: nothing else fills its batch."""
    print(f"\n{LONE}, median of {options.rounds} rounds of 200:")
    for linger in (0, 5):
        seen = [run(options, ["--writers", 1, "--linger", linger, "--messages", 200]) for _ in range(options.rounds)]
        middle = {name: statistics.median(one[name] for one in seen) for name in ("p50_ms", "p99_ms", "cpu_us_per_message")}
        print(f"  linger {linger} ms: p50 {middle['p50_ms']:.2f} ms, p99 {middle['p99_ms']:.2f} ms, "
              f"CPU {middle['cpu_us_per_message']:.0f} µs", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--only", default="", help="groups whose title has this in it")
    options = parser.parse_args()
    if not any(options.only in title for title in (*GROUPS, LONE)):
        parser.error(f"no group has {options.only!r} in its title; there are: {', '.join((*GROUPS, LONE))}")
    compare(options)
    if options.only in LONE:
        wait_alone(options)


if __name__ == "__main__":
    main()
