#!/usr/bin/env bash
# Queue-based load levelling and topic-queue chaining with processes that come, go and are killed: the ledger of the
# broker and the outputs of all workers together tell whether anything was lost.
# usage: test_load_levelling.sh BUILD_FOLDER
set -euo pipefail

build=$(realpath "$1")
sluice=$build/src/cli/sluice
worker=$build/examples/example_load_levelling
chaining=$build/examples/example_topic_queue_chaining
# shellcheck source=tests/program/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
messages=20000
for_one=4000
first_wave=12000
published=10000
visibility=10 # seconds, of the queue

# request PATH BODY [HEADER VALUE]...: no body: GET.
request() {
    python3 -c 'import sys, urllib.request
url, body, *headers = sys.argv[1:]
request = urllib.request.Request(url, data=body.encode() or None, headers=dict(zip(headers[::2], headers[1::2])))
print(urllib.request.urlopen(request, timeout=30).read().decode())' "$AWS_ENDPOINT_URL/$@"
}

# ledger QUEUE MEMBER
ledger() { request _sluice/ledger '' | python3 -c 'import json, sys; print(json.load(sys.stdin)["queues"][sys.argv[1]][sys.argv[2]])' "$1" "$2"; }
ledger_is() { [ "$(ledger "$1" "$2")" = "$3" ]; }

make_queue() {
    request '' "{\"QueueName\":\"$1\",\"Attributes\":{\"VisibilityTimeout\":\"$visibility\"}}" \
        Content-Type application/x-amz-json-1.0 X-Amz-Target AmazonSQS.CreateQueue >/dev/null
}

declare -A pids

start_worker() {
    "$worker" jobs >"$work/worker.$1" 2>"$work/worker.$1.err" 9>&- &
    pids[$1]=$!
}
# What it handled, one number a line. A line that a kill cut counts as not handled.
handled_by() {
    local one
    for one in "$@"; do grep -aoE '^[0-9]+ handled, receive [0-9]+$' "$work/worker.$one" | cut -d ' ' -f 1; done
}
kill_worker() {
    kill -9 "${pids[$1]}"
    wait "${pids[$1]}" 2>/dev/null || true
}
# It ends well and says that nothing of it is left.
stop_worker() {
    local status=0
    kill -TERM "${pids[$1]}"
    wait "${pids[$1]}" || status=$?
    [ $status -eq 0 ] || { echo "worker $1: status $status"; cat "$work/worker.$1.err"; return 1; }
    tail -n 1 "$work/worker.$1" | grep -qE '^stopped completely: [0-9]+ handed back, 0 still out$' ||
        { echo "worker $1: $(tail -n 1 "$work/worker.$1")"; return 1; }
}

levels_load() {
    make_queue jobs || return 1
    mkfifo "$work/lines"
    "$sluice" write jobs --receipts <"$work/lines" >"$work/receipts" 2>"$work/writer.err" &
    local writer=$!
    exec 9>"$work/lines"
    seq 1 $for_one >&9

    # One alone: what is in flight is its own.
    start_worker 1
    wait_until has_lines "$work/worker.1" 1000 || return 1
    stop_worker 1 || return 1
    ledger_is jobs in_flight 0 || { echo "the stopped worker left $(ledger jobs in_flight) messages in flight"; return 1; }
    ledger_is jobs deleted "$(handled_by 1 | wc -l)" || { echo "handled $(handled_by 1 | wc -l), deleted $(ledger jobs deleted)"; return 1; }

    # The load grows, and so does the number of workers; some die, one is asked to go.
    local one
    for one in 2 3 4 5; do start_worker $one; done
    for one in 2 3 4 5; do wait_until heeds_term "${pids[$one]}" || return 1; done
    seq $((for_one + 1)) $first_wave >&9
    for one in 2 3 4 5; do wait_until has_lines "$work/worker.$one" 300 || return 1; done
    kill_worker 2
    kill_worker 3
    for one in 6 7; do start_worker $one; done
    for one in 6 7; do wait_until heeds_term "${pids[$one]}" || return 1; done
    seq $((first_wave + 1)) $messages >&9
    exec 9>&-
    for one in 6 7; do wait_until has_lines "$work/worker.$one" 100 || return 1; done
    stop_worker 4 || return 1
    kill_worker 6

    wait "$writer" || { cat "$work/writer.err"; return 1; }
    wait_until ledger_is jobs deleted $messages || return 1
    stop_worker 5 || return 1
    stop_worker 7 || return 1

    local member
    for member in visible in_flight delayed expired purged moved; do
        ledger_is jobs $member 0 || { echo "$member: $(ledger jobs $member)"; return 1; }
    done
    ledger_is jobs entered $messages || { echo "entered: $(ledger jobs entered)"; return 1; }
    has_lines "$work/receipts" $messages || { echo "receipts: $(wc -l <"$work/receipts")"; return 1; }
    handled_by 1 2 3 4 5 6 7 | sort >"$work/handled"
    sort -u "$work/handled" | comm -13 - <(seq 1 $messages | sort) >"$work/missing"
    [ ! -s "$work/missing" ] || { echo "not handled: $(wc -l <"$work/missing")"; return 1; }
    # Handled twice: a killed worker had handled it and did not live to delete it.
    uniq -d "$work/handled" >"$work/twice"
    handled_by 2 3 6 | sort -u | comm -13 - "$work/twice" >"$work/unexplained"
    [ ! -s "$work/unexplained" ] || { echo "handled twice without a kill: $(wc -l <"$work/unexplained")"; return 1; }
    local again
    again=$(grep -ahE '^[0-9]+ handled, receive ([2-9]|[0-9]{2,})$' "$work"/worker.? | wc -l)
    echo "load levelling: $messages messages, 7 workers, 3 of them killed with kill -9, 4 stopped by SIGTERM: all handled, $again when they came again, $(wc -l <"$work/twice") twice; nothing left in flight"
}

subscribe() {
    "$chaining" subscribe "$1" "$2" >"$work/$1.$2" 2>"$work/$1.$2.err" &
    pids[$1]=$!
}
prices_of() { grep -a '^price ' "$@" | sort -u; }

chains() {
    local one
    # Each has been there once: its queue exists.
    subscribe billing $((published + 1))
    subscribe shipping 1
    for one in "billing.$((published + 1))" shipping.1; do
        wait_until grep -qsx '[a-z]* is subscribed' "$work/$one" || { cat "$work/$one.err"; return 1; }
    done
    [ "$("$chaining" publish 1)" = "1 of 1 published" ] || return 1
    wait "${pids[shipping]}" || { cat "$work/shipping.1.err"; return 1; }

    # Now one is down.
    [ "$("$chaining" publish $published)" = "$published of $published published" ] || return 1
    wait "${pids[billing]}" || { cat "$work"/billing.*.err; return 1; }
    ledger_is shipping visible $published || { echo "waiting for the one that is down: $(ledger shipping visible)"; return 1; }
    subscribe shipping $published
    wait "${pids[shipping]}" || { cat "$work/shipping.$published.err"; return 1; }
    for one in "billing.$((published + 1))" "shipping.$published"; do
        [ "$(prices_of "$work/$one" | wc -l)" -eq $published ] || { echo "$one: $(prices_of "$work/$one" | wc -l) prices"; return 1; }
    done
    for one in billing shipping; do
        ledger_is $one deleted $((published + 1)) && ledger_is $one visible 0 && ledger_is $one in_flight 0 ||
            { echo "$one: $(request _sluice/ledger '')"; return 1; }
    done
    echo "chaining: $published messages published while one of two subscribers was down: it got all of them when it came back"
}

start_broker --port 0 --no-verify # the queue is made by a request of our own, unsigned
check "load levelling: workers come, stop and are killed" levels_load
check "chaining: a subscriber that was down gets everything" chains

finish
