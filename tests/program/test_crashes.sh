#!/usr/bin/env bash
# Broker, writer and reader in processes of their own, each killed with SIGKILL in turn: what survives.
# usage: test_crashes.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
# shellcheck source=tests/program/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

# admin METHOD PATH [BODY]
admin() {
    python3 -c 'import sys, urllib.request
method, url, *body = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=body[0].encode() if body else None)
print(urllib.request.urlopen(request, timeout=30).read().decode())' "$1" "$broker/_sluice/$2" "${@:3}"
}

# ledger QUEUE MEMBER
ledger() { admin GET ledger | python3 -c 'import json, sys; print(json.load(sys.stdin)["queues"][sys.argv[1]][sys.argv[2]])' "$1" "$2"; }

make_queue() { "$sluice" chain "topic-of-$1" "$1" >/dev/null; }

kill_hard() {
    kill -9 "$1"
    wait "$1" 2>/dev/null || true
}

# What the writer reported as accepted is in the queue, and nothing that was not written.
writer_killed() {
    make_queue written
    mkfifo "$work/lines"
    "$sluice" write written --receipts <"$work/lines" >"$work/receipts" 2>/dev/null &
    local writer=$!
    seq 1 1000000 >"$work/lines" 2>/dev/null &
    wait_until has_lines "$work/receipts" 3000 || return 1
    kill_hard "$writer"
    # The last line may have been cut by the kill.
    awk -F '\t' 'NF == 2 && length($2) == 36 { print $1 }' "$work/receipts" | sort -u >"$work/accepted"
    local entered
    entered=$(ledger written entered)
    [ "$entered" -ge "$(wc -l <"$work/accepted")" ] || { echo "accepted $(wc -l <"$work/accepted"), entered $entered"; return 1; }
    "$sluice" read written --wait 1 2>/dev/null | sort -u >"$work/read" || return 1
    [ -z "$(comm -23 "$work/accepted" "$work/read")" ] || { echo "accepted, but not in the queue"; return 1; }
    [ "$entered" -eq "$(wc -l <"$work/read")" ] || { echo "entered $entered, read $(wc -l <"$work/read")"; return 1; }
    echo "crashes: writer killed after $(wc -l <"$work/accepted") receipts: all in the queue, with $((entered - $(wc -l <"$work/accepted"))) more that it did not live to report"
}

# What the killed reader had taken and not deleted comes again; nothing is missing in the end.
reader_killed() {
    make_queue read
    seq 1 20000 | "$sluice" write read 2>/dev/null || return 1
    "$sluice" read read --follow >"$work/first" 2>/dev/null &
    local reader=$!
    wait_until has_lines "$work/first" 2000 || return 1
    kill_hard "$reader"
    local in_flight
    in_flight=$(ledger read in_flight)
    admin POST advance '{"seconds":31}' >/dev/null # the visibility timeout passes
    "$sluice" read read --wait 1 >"$work/second" 2>/dev/null || return 1
    # A line that the kill cut is not one of the numbers.
    sort -u "$work/first" "$work/second" | comm -13 - <(seq 1 20000 | sort) >"$work/missing"
    [ ! -s "$work/missing" ] || { echo "missing: $(wc -l <"$work/missing")"; return 1; }
    [ "$(ledger read deleted)" -eq 20000 ] || { echo "deleted: $(ledger read deleted)"; return 1; }
    echo "crashes: reader killed after $(wc -l <"$work/first") lines, with $in_flight messages in flight: all of them came again"
}

# Its memory is gone. Nobody hangs and nothing fails in silence; on the same port a new one can be used at once.
broker_killed() {
    make_queue lost
    make_queue idle
    local port=${broker##*:} writer reader status=0
    rm -f "$work/lines"
    mkfifo "$work/lines"
    "$sluice" write lost --receipts <"$work/lines" >"$work/receipts" 2>"$work/writer.err" &
    writer=$!
    "$sluice" read idle --follow >"$work/idle" 2>"$work/reader.err" &
    reader=$!
    exec 9>"$work/lines"
    seq 1 3000 >&9
    wait_until has_lines "$work/receipts" 3000 || return 1
    kill_hard "$broker_pid"
    seq 3001 3100 >&9
    exec 9>&-
    wait "$writer" || status=$?
    [ $status -eq 1 ] || { echo "the writer's status: $status"; return 1; }
    grep -q '^3,000 accepted, 100 failed' "$work/writer.err" || { cat "$work/writer.err"; return 1; }
    kill -0 "$reader" 2>/dev/null || { echo "the reader gave up"; cat "$work/reader.err"; return 1; }
    start_broker --port "$port" || return 1
    # The reader comes back to a broker that knows no queue, and says so.
    status=0
    wait "$reader" || status=$?
    [ $status -eq 1 ] || { echo "the reader's status: $status"; return 1; }
    grep -q '^sluice: idle: .*queue does not exist' "$work/reader.err" || { cat "$work/reader.err"; return 1; }
    [ "$(admin GET ledger)" = '{"queues":{}}' ] || return 1
    make_queue lost
    echo again | "$sluice" write lost 2>/dev/null || return 1
    [ "$("$sluice" read lost --count 1 2>/dev/null)" = again ]
}

start_broker --port 0
check "a writer is killed" writer_killed
check "a reader is killed" reader_killed
check "the broker is killed" broker_killed

finish
