#!/usr/bin/env bash
# Commands that are killed: a redrive loses nothing, and what a tail leaves behind the next one removes.
# usage: test_cli_processes.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
# shellcheck source=tests/program/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

start_broker --port 0
topic=arn:aws:sns:us-east-1:000000000000

admin() {
    python3 -c 'import sys, urllib.request
method, url, *body = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=body[0].encode() if body else None)
print(urllib.request.urlopen(request, timeout=30).read().decode())' "$1" "$AWS_ENDPOINT_URL/_sluice/$2" "${@:3}"
}
# ledger EXPRESSION about `queues`.
ledger() {
    admin GET ledger | python3 -c 'import json, sys
queues = json.load(sys.stdin)["queues"]
sys.exit(0 if eval(sys.argv[1]) else f"{sys.argv[1]} does not hold: {queues}")' "$1"
}
is_so() { ledger "$1" 2>/dev/null; }

# killed_redrives END: each run is killed when it has moved some hundreds; what it had is made visible as time would do.
killed_redrives() {
    local end=$1 messages=3000 kills=0 moved=0 pid lost twice
    printf '{"topic":{"name":"killed-topic%s"},"queues":[{"name":"killed%s","dead_letter_queue":"killed-dlq%s"}]}' "$end" "$end" "$end" |
        "$sluice" chain apply - >/dev/null || return 1
    if [ -z "$end" ]; then
        seq 1 $messages | "$sluice" write killed-dlq 2>/dev/null || return 1
    else
        for group in $(seq 1 10); do
            seq "$group" 10 $messages | "$sluice" write "killed-dlq$end" --group "g$group" 2>/dev/null || return 1
        done
    fi
    while [ $kills -lt 4 ]; do
        "$sluice" redrive "killed-dlq$end" --rate 400 --output json >"$work/redrive" 2>"$work/redrive.err" &
        pid=$!
        moved=$((moved + 400))
        wait_until is_so "queues['killed$end']['entered'] >= $moved" || return 1
        kill -9 $pid
        wait $pid 2>/dev/null || true
        [ ! -s "$work/redrive" ] || { echo "it had ended before it was killed"; return 1; }
        kills=$((kills + 1))
        admin POST expire-visibility "{\"queue\":\"killed-dlq$end\"}" >/dev/null
    done
    "$sluice" redrive "killed-dlq$end" --output json >"$work/redrive" 2>"$work/redrive.err" || { cat "$work/redrive.err"; return 1; }
    ledger "queues['killed-dlq$end']['visible'] == 0 and queues['killed-dlq$end']['in_flight'] == 0" || return 1
    "$sluice" read "killed$end" --wait 1 >"$work/read" 2>/dev/null || return 1
    lost=$(comm -23 <(seq 1 $messages | sort) <(sort -u "$work/read") | wc -l)
    twice=$(sort "$work/read" | uniq -d | wc -l)
    [ "$lost" -eq 0 ] || { echo "$lost of $messages are lost"; return 1; }
    echo "redrive: killed $kills times while it moved $messages messages$end: 0 lost, $twice twice"
    [ "$twice" -le $((kills * 64)) ] # those that its workers had written and not deleted yet
}
check "redrive killed in the middle, again and again: nothing is lost" killed_redrives ""
check "the same with FIFO queues" killed_redrives .fifo

listens() { grep -qs 'until interrupted' "$1"; }
temporary="[name for name in queues if name.startswith('sluice-temporary-')]"
# one_tail: listens, is interrupted, has ended well. What it says is in next.err.
one_tail() {
    rm -f "$work/next.err" # of the tail before
    timeout --foreground -k 5 120 "$sluice" tail killed-topic >"$work/next" 2>"$work/next.err" &
    local pid=$!
    wait_until listens "$work/next.err" || return 1
    kill -TERM $pid
    wait $pid
}
sweeps() { one_tail && grep -q 'removed 1 queue left behind' "$work/next.err"; }

killed_tail() {
    rm -f "$work/tail.err" # of the tail before
    "$sluice" tail killed-topic --lifetime 3 >"$work/tail" 2>"$work/tail.err" &
    local pid=$!
    wait_until listens "$work/tail.err" || return 1
    kill -9 $pid
    wait $pid 2>/dev/null || true
    ledger "len($temporary) == 1" || return 1
    wait_until sweeps || { cat "$work/next.err"; return 1; }
    ledger "len($temporary) == 0" || return 1
    grep -q '"subscriptions_confirmed":1' <<<"$("$sluice" stats "$topic:killed-topic" --output json)" # of the chain
}
check "tail killed: the next one removes its queue and subscription" killed_tail

living_tail() {
    rm -f "$work/tail.err" # of the tail before
    timeout --foreground -k 5 120 "$sluice" tail killed-topic --lifetime 3 --max 1 >"$work/tail" 2>"$work/tail.err" &
    local pid=$! begin=$SECONDS
    wait_until listens "$work/tail.err" || return 1
    until [ $((SECONDS - begin)) -gt 7 ]; do # more than two of its lifetimes
        one_tail || return 1
        ! grep -q 'removed' <(grep -v 'temporary queue is removed' "$work/next.err") || { cat "$work/next.err"; return 1; }
    done
    printf 'hello\n' | "$sluice" write "$topic:killed-topic" 2>/dev/null || return 1
    wait $pid && grep -q hello "$work/tail"
}
check "tail alive: its queue is not removed by others" living_tail

# The broker holds the answer to the N-th call of a tail for ever, and the tail is killed while it waits.
killed_at_every_call() {
    local call=0 seen pid
    while true; do
        call=$((call + 1))
        admin POST faults "{\"operation\":\"*\",\"nth\":$call,\"fault\":\"delay_reply\",\"delay_ms\":86400000}" >/dev/null
        rm -f "$work/tail.err" # of the tail before
        "$sluice" tail "$topic:killed-topic" --lifetime 3 >"$work/tail" 2>"$work/tail.err" &
        pid=$!
        seen=no
        for _ in $(seq 1 1200); do
            case $(admin GET faults) in *'"applied":1'*) seen=yes; break ;; esac
            if listens "$work/tail.err"; then break; fi
            sleep 0.02
        done
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        admin DELETE faults >/dev/null
        [ $seen = yes ] || break
    done
    [ $call -gt 4 ] || { echo "only $call calls"; return 1; }
    swept() { one_tail && is_so "len($temporary) == 0"; }
    wait_until swept || { cat "$work/next.err"; return 1; }
    grep -q '"subscriptions_confirmed":1' <<<"$("$sluice" stats "$topic:killed-topic" --output json)" || return 1
    echo "tail: killed at each of its first $((call - 1)) calls: nothing is left after a sweep"
}
check "tail killed at every call: all is swept" killed_at_every_call

finish
