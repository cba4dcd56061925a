#!/usr/bin/env bash
# One chain made by many processes at once, and by processes that are killed: it is one, and complete.
# usage: test_chains.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
# shellcheck source=tests/program/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

start_broker --port 0

# definition NAME: four queues, three subscriptions, tags, filters, dead letters.
definition() {
    cat <<JSON
{"topic": {"name": "$1-topic", "attributes": {"DisplayName": "Orders"}, "tags": {"team": "shop"}},
 "queues": [{"name": "$1-all"},
            {"name": "$1-body", "filter_policy": {"order": {"kind": ["new"]}}, "filter_on": "body", "raw_delivery": false},
            {"name": "$1-some", "filter_policy": {"country": ["DE"]}, "attributes": {"VisibilityTimeout": 60},
             "tags": {"team": "some"}, "dead_letter_queue": "$1-dead", "undelivered_queue": "$1-lost"},
            {"name": "$1-dead", "subscribe": false, "redrive_allow": "chain"}]}
JSON
}

# admin METHOD PATH [BODY]
admin() {
    python3 -c 'import sys, urllib.request
method, url, *body = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=body[0].encode() if body else None)
print(urllib.request.urlopen(request, timeout=30).read().decode())' "$1" "$AWS_ENDPOINT_URL/_sluice/$2" "${@:3}"
}

# What there is of a chain: nothing is to be done, nothing is wrong, and a message is in each queue once.
complete() {
    local file=$1 name=$2
    "$sluice" chain plan "$file" >"$work/plan" || return 1
    if grep -q '^would be' "$work/plan" || [ "$(wc -l <"$work/plan")" -ne 13 ]; then cat "$work/plan"; return 1; fi
    "$sluice" chain check "$file" --message '{"order":{"kind":"new"}}' --attribute country=DE >"$work/check" 2>&1 ||
        { cat "$work/check"; return 1; }
    printf '{"order":{"kind":"new"}}\n' | "$sluice" write "arn:aws:sns:us-east-1:000000000000:$name-topic" --attribute country=DE 2>/dev/null || return 1
    admin GET ledger | python3 -c 'import json, sys
queues = json.load(sys.stdin)["queues"]
entered = {end: queues[sys.argv[1] + "-" + end]["entered"] for end in ("all", "body", "some", "dead", "lost")}
sys.exit(0 if entered == {"all": 1, "body": 1, "some": 1, "dead": 0, "lost": 0} else str(entered))' "$name"
}

twenty_at_once() {
    local pid pids=() failures=0
    definition many >"$work/many.json"
    for _ in $(seq 1 20); do
        "$sluice" chain apply "$work/many.json" >>"$work/many.out" 2>>"$work/many.err" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failures=$((failures + 1)); done
    [ $failures -eq 0 ] || { echo "$failures of 20 failed:"; cat "$work/many.err"; return 1; }
    complete "$work/many.json" many || return 1
    echo "chain: 20 processes at once, $(grep -c '^created' "$work/many.out") creations reported: one chain"
}
check "20 processes at once make one chain" twenty_at_once

# The broker holds the answer to call N for ever, and the process is killed while it waits: after N applied calls.
killed_at_every_call() {
    local call=0 rule seen pid
    while true; do
        call=$((call + 1))
        definition "killed$call" >"$work/killed.json"
        rule=$(admin POST faults "{\"operation\":\"*\",\"nth\":$call,\"fault\":\"delay_reply\",\"delay_ms\":86400000}")
        "$sluice" chain apply "$work/killed.json" >"$work/killed.out" 2>&1 &
        pid=$!
        seen=no
        for _ in $(seq 1 1200); do
            case $(admin GET faults) in *'"applied":1'*) seen=yes; break ;; esac
            kill -0 $pid 2>/dev/null || break
            sleep 0.02
        done
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        admin DELETE faults >/dev/null
        "$sluice" chain apply "$work/killed.json" >"$work/again.out" || { cat "$work/again.out"; return 1; }
        complete "$work/killed.json" "killed$call" || { echo "after a kill at call $call ($rule)"; return 1; }
        [ $seen = yes ] || break
    done
    [ $call -gt 20 ] || { echo "only $call calls"; return 1; }
    echo "chain: processes killed at each of $((call - 1)) calls: complete afterwards"
}
check "processes killed at every call, and run again" killed_at_every_call

finish
