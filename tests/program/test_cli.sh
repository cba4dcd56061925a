#!/usr/bin/env bash
# The commands that look after queues and topics, on plain pipes: text, JSON, exit statuses, and errors that say what to
# do. On a terminal: terminal.py.
# usage: test_cli.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=tests/program/processes.sh
. "$here/processes.sh"

start_broker --port 0

# fails_with STATUS TEXT COMMAND...: exit status, one line of ours on stderr that holds the text, nothing on stdout.
fails_with() {
    local status=0 wanted=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq "$wanted" ] || { echo "exit status $status, not $wanted: $*"; cat "$work/err"; return 1; }
    [ ! -s "$work/out" ] || { echo "it wrote to stdout: $*"; return 1; }
    grep -qF -- "$text" "$work/err" || { echo "no \"$text\" in: $(cat "$work/err")"; return 1; }
}

# json FILE EXPRESSION: a Python expression about `lines`, the objects of the file.
json() {
    python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
if not eval(sys.argv[2]): sys.exit(f"{sys.argv[2]} does not hold: {lines}")' "$1" "$2"
}

# ledger EXPRESSION: the same about `queues`.
ledger() {
    python3 -c 'import json, os, sys, urllib.request
queues = json.load(urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_sluice/ledger", timeout=30))["queues"]
if not eval(sys.argv[1]): sys.exit(f"{sys.argv[1]} does not hold: {queues}")' "$1"
}

# admin METHOD PATH [BODY]
admin() {
    python3 -c 'import sys, urllib.request
method, url, *body = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=body[0].encode() if body else None)
print(urllib.request.urlopen(request, timeout=30).read().decode())' "$1" "$AWS_ENDPOINT_URL/_sluice/$2" "${@:3}"
}

# lines_to QUEUE LINES... [-- OPTIONS...]
lines_to() {
    local queue=$1 lines=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do lines+=("$1"); shift; done
    [ $# -eq 0 ] || shift
    printf '%s\n' "${lines[@]}" | "$sluice" write "$queue" "$@" 2>"$work/write.err" || { cat "$work/write.err"; return 1; }
}

# with_dead_letters NAME [MAX_RECEIVE_COUNT [FIFO_END]]: queues NAME and NAME-dlq under the topic NAME-topic.
with_dead_letters() {
    local end=${3:-}
    printf '{"topic":{"name":"%s-topic%s"},"queues":[{"name":"%s%s","dead_letter_queue":"%s-dlq%s","max_receive_count":%s}]}' \
        "$1" "$end" "$1" "$end" "$1" "$end" "${2:-5}" | "$sluice" chain apply - >/dev/null
}

topic=arn:aws:sns:us-east-1:000000000000

stats_text_and_json() {
    with_dead_letters stats 4 || return 1
    lines_to stats one two || return 1
    lines_to stats-dlq dead || return 1
    "$sluice" stats stats stats-dlq >"$work/out" || return 1
    grep -qE '^stats +2 +0 +0 +4d +no +1 +stats-dlq after 4$' "$work/out" || { cat "$work/out"; return 1; }
    ! grep -q $'\x1b' "$work/out" || return 1
    grep -q $'\x1b\\[31m1' <<<"$("$sluice" stats stats --color always)" || return 1
    "$sluice" stats stats "$topic:stats-topic" --output json >"$work/out" || return 1
    json "$work/out" 'lines[0]["kind"] == "queue" and lines[0]["name"] == "stats" and lines[0]["available"] == 2 and lines[0]["dead_letters"] == 1 and lines[0]["max_receive_count"] == 4 and lines[0]["oldest_seconds"] is None' || return 1
    json "$work/out" 'lines[1]["kind"] == "topic" and lines[1]["subscriptions_confirmed"] == 1 and lines[1]["subscriptions"][0]["endpoint"].endswith(":stats") and len(lines) == 2' || return 1
    "$sluice" stats --output json >"$work/out" || return 1
    json "$work/out" '{"stats", "stats-dlq"} <= {one["name"] for one in lines}'
}
check "stats: queues, topics, all; text, JSON, colours" stats_text_and_json

stats_of_some() {
    local status=0
    "$sluice" stats no-such-queue stats >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq 1 ] && grep -q '^stats ' "$work/out" && grep -q '^sluice: no-such-queue: .*check the name' "$work/err" || { cat "$work/err"; return 1; }
    status=0
    "$sluice" stats "$topic:no-such-topic" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq 1 ] && [ ! -s "$work/out" ]
}
check "stats: what can be read is shown, the rest is named" stats_of_some

stats_watched() {
    "$sluice" stats stats --output json --watch 1 >"$work/watched" 2>&1 &
    local pid=$!
    wait_until has_lines "$work/watched" 2 || return 1
    kill $pid
    wait $pid 2>/dev/null || true
    json "$work/watched" 'all(one["name"] == "stats" for one in lines)'
}
check "stats --watch" stats_watched

# The queues cannot be listed at first; that passes.
stats_watched_through_failures() {
    admin POST faults '{"operation":"ListQueues","nth":1,"fault":"fail","status":403,"code":"AccessDenied","message":"not now"}' >/dev/null || return 1
    "$sluice" stats --output json --watch 1 >"$work/watched" 2>"$work/err" &
    local pid=$! status=0
    wait_until has_lines "$work/watched" 1 || status=1
    kill $pid
    wait $pid 2>/dev/null || true
    admin DELETE faults >/dev/null
    grep -q '^sluice: the queues are not listed: .*not now' "$work/err" || { cat "$work/err"; status=1; }
    return $status
}
check "stats --watch: goes on after a failure, and tells it" stats_watched_through_failures

peek_leaves() {
    with_dead_letters peek 5 || return 1
    lines_to peek a b c -- --attribute kind=x || return 1
    "$sluice" peek peek >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    [ "$(grep -c '^  kind=x$' "$work/out")" -eq 3 ] && grep -q '^  b$' "$work/out" || { cat "$work/out"; return 1; }
    grep -q '^3 shown of about 3$' "$work/err" && grep -q '^note: the receive count of each message shown went up by one$' "$work/err" || return 1
    ledger 'queues["peek"]["visible"] == 3 and queues["peek"]["in_flight"] == 0' || return 1
    "$sluice" peek peek --max 2 --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'len(lines) == 2 and all(one["system_attributes"]["ApproximateReceiveCount"] == "2" and one["attributes"]["kind"] == {"type": "String", "value": "x"} for one in lines)' || return 1
    "$sluice" peek stats-dlq --wait 0 --max 1 >/dev/null 2>&1
}
check "peek: shows, hands back, counts" peek_leaves

peek_of_many() {
    "$sluice" chain many-topic many >/dev/null || return 1
    seq 1 250 | "$sluice" write many 2>/dev/null || return 1
    "$sluice" peek many --max 200 --output json >"$work/out" 2>"$work/err" || return 1
    json "$work/out" 'len({one["message_id"] for one in lines}) == 200' || return 1
    ledger 'queues["many"]["visible"] == 250'
}
check "peek: more than one receive" peek_of_many

peek_near_dead_letters() {
    with_dead_letters once 1 || return 1
    lines_to once precious || return 1
    fails_with 1 "--even-if-dead-letters" "$sluice" peek once || return 1
    ledger 'queues["once"]["visible"] == 1' || return 1
    "$sluice" peek once --even-if-dead-letters >"$work/out" 2>"$work/err" || return 1
    grep -q '^note: 1 message has been received 1 time now: the next receive moves it to the dead-letter queue once-dlq$' "$work/err" || { cat "$work/err"; return 1; }
    "$sluice" read once --wait 0 >/dev/null 2>&1 || return 1
    ledger 'queues["once-dlq"]["visible"] == 1' # the warning was true
}
check "peek: refuses where a look is deadly, and warns truly" peek_near_dead_letters

fifo_peek() {
    with_dead_letters line 5 .fifo || return 1
    lines_to line.fifo 1 2 3 -- --group g || return 1
    "$sluice" peek line.fifo --output json >"$work/out" 2>"$work/err" || return 1
    json "$work/out" '[one["body"] for one in lines] == ["1", "2", "3"]' || return 1
    grep -q '^note: of a message group of a FIFO queue' "$work/err" || return 1
    [ "$("$sluice" read line.fifo --wait 1 2>/dev/null | tr '\n' ' ')" = "1 2 3 " ]
}
check "peek: of a FIFO queue, the order stays" fifo_peek

purges() {
    lines_to many again || return 1
    fails_with 2 "say --yes" "$sluice" purge many || return 1
    ledger 'queues["many"]["purged"] == 0' || return 1
    "$sluice" purge many --yes --output json >"$work/out" || return 1
    json "$work/out" 'lines[0]["purged"] is True and lines[0]["available"] == 251' || return 1
    ledger 'queues["many"]["purged"] == 251' || return 1
    fails_with 1 "one purge in 60 s" "$sluice" purge many --yes
}
check "purge: asks, or needs --yes; the rule of 60 s" purges

redrive_to_source() {
    with_dead_letters again 5 || return 1
    lines_to again-dlq a b -- --attribute country=DE || return 1
    lines_to again-dlq c -- --attribute country=FR || return 1
    "$sluice" redrive again-dlq --filter country=DE --dry-run --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["moved"] == 2 and lines[0]["left"] == 1 and lines[0]["dry_run"] and lines[0]["complete"]' || return 1
    ledger 'queues["again"]["entered"] == 0 and queues["again-dlq"]["visible"] == 3' || return 1
    "$sluice" redrive again-dlq --filter country=DE >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    [ "$(cat "$work/out")" = "again-dlq -> again: 2 moved, 1 left, 0 failed" ] || { cat "$work/out"; return 1; }
    ledger 'queues["again"]["visible"] == 2 and queues["again-dlq"]["visible"] == 1 and queues["again-dlq"]["in_flight"] == 0' || return 1
    "$sluice" read again --output json --wait 1 >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'sorted(one["body"] for one in lines) == ["a", "b"] and all(one["attributes"]["country"]["value"] == "DE" for one in lines)' || return 1
    "$sluice" redrive again-dlq --filter body~nothing --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["moved"] == 0 and lines[0]["left"] == 1' || return 1
    "$sluice" redrive again-dlq --to peek --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["moved"] == 1 and lines[0]["to"].endswith("/peek")' || return 1
    "$sluice" redrive again-dlq --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["moved"] == 0 and lines[0]["left"] == 0'
}
check "redrive: filters, dry run, elsewhere, nothing to do" redrive_to_source

redrive_limits() {
    with_dead_letters limited 5 || return 1
    seq 1 30 | "$sluice" write limited-dlq 2>/dev/null || return 1
    "$sluice" redrive limited-dlq --max 7 --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["moved"] == 7 and lines[0]["complete"]' || return 1
    ledger 'queues["limited"]["entered"] == 7 and queues["limited-dlq"]["visible"] == 23' || return 1
    "$sluice" read limited --output json --wait 1 >/dev/null 2>&1 || return 1 # the seven
    local began=$EPOCHREALTIME
    "$sluice" redrive limited-dlq --rate 10 --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["moved"] == 23' || return 1
    # 23 at 10 a second: the last one is sent 2.2 s after the first.
    local took=$((${EPOCHREALTIME/./} - ${began/./}))
    [ $took -ge 2200000 ] || { echo "23 at 10 a second took $took us"; return 1; }
    "$sluice" read limited --output json --wait 1 >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'len(lines) == 23'
}
check "redrive: --max and --rate" redrive_limits

# Its messages were sent a moment ago: with their old deduplication ids the queue would take and drop them.
redrive_fifo() {
    with_dead_letters ordered 1 .fifo || return 1
    for group in a b; do
        printf '%s\n' "$group"{1..12} | "$sluice" write ordered.fifo --group $group 2>/dev/null || return 1
    done
    # Each receive without an acknowledgement sends what it got to the dead-letter queue with the next one.
    for _ in $(seq 1 60); do
        "$sluice" peek ordered.fifo --wait 0 --max 20 --even-if-dead-letters >/dev/null 2>&1 || return 1
        ledger 'queues["ordered-dlq.fifo"]["visible"] == 24' >/dev/null 2>&1 && break
    done
    ledger 'queues["ordered-dlq.fifo"]["visible"] == 24' || return 1
    "$sluice" redrive ordered-dlq.fifo --output json >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    json "$work/out" 'lines[0]["moved"] == 24 and lines[0]["failed"] == 0' || return 1
    ledger 'queues["ordered.fifo"]["visible"] == 24 and queues["ordered-dlq.fifo"]["visible"] == 0' || return 1
    "$sluice" read ordered.fifo --wait 1 >"$work/out" 2>/dev/null || return 1
    [ "$(grep '^a' "$work/out" | tr '\n' ' ')" = "$(printf 'a%s ' {1..12})" ] && [ "$(grep '^b' "$work/out" | tr '\n' ' ')" = "$(printf 'b%s ' {1..12})" ]
}
check "redrive: a FIFO queue keeps groups and order, and drops nothing" redrive_fifo

# Two dead letters whose deduplication ids, made of their bodies, are the same, and a third one of a producer: none is
# taken for a repetition of another.
redrive_fifo_same_ids() {
    with_dead_letters doubled 5 .fifo || return 1
    for _ in 1 2; do
        printf '%s\n' "the same" | "$sluice" write doubled-dlq.fifo --group g 2>/dev/null || return 1
        admin POST advance '{"seconds":400}' >/dev/null || return 1 # no deduplication over that time
    done
    printf '%s\n' "the same" | "$sluice" write doubled.fifo --group g 2>/dev/null || return 1
    ledger 'queues["doubled-dlq.fifo"]["visible"] == 2 and queues["doubled.fifo"]["visible"] == 1' || return 1
    "$sluice" redrive doubled-dlq.fifo --output json >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    json "$work/out" 'lines[0]["moved"] == 2 and lines[0]["complete"]' || return 1
    ledger 'queues["doubled.fifo"]["visible"] == 3 and queues["doubled-dlq.fifo"]["visible"] == 0'
}
check "redrive: dead letters of one deduplication id all arrive" redrive_fifo_same_ids

redrive_damaged() {
    local proxy
    with_dead_letters hurt 5 || return 1
    lines_to hurt-dlq good "a damaged one" good || return 1
    python3 "$here/damaging_proxy.py" "$AWS_ENDPOINT_URL" damaged >"$work/proxy.out" 2>"$work/proxy.err" &
    local pid=$! status=0
    wait_until has_lines "$work/proxy.out" 1 || { cat "$work/proxy.err"; return 1; }
    proxy=$(cat "$work/proxy.out")
    AWS_ENDPOINT_URL=$proxy "$sluice" redrive hurt-dlq --output json >"$work/out" 2>"$work/err" || status=$?
    kill $pid
    wait $pid 2>/dev/null || true
    [ $status -eq 1 ] && grep -q 'not moved: it is damaged' "$work/err" || { echo "status $status"; cat "$work/err"; return 1; }
    json "$work/out" 'lines[0]["moved"] == 2 and lines[0]["failed"] == 1 and lines[0]["complete"]' || return 1
    ledger 'queues["hurt"]["visible"] == 2 and queues["hurt-dlq"]["in_flight"] == 1'
}
check "redrive: a damaged message stays, and is a failure" redrive_damaged

# As after nohup, and with the signal of the hangup at the logout.
redrive_without_hangup() {
    with_dead_letters nohup 5 || return 1
    seq 1 40 | "$sluice" write nohup-dlq 2>/dev/null || return 1
    (trap '' HUP; exec "$sluice" redrive nohup-dlq --rate 20 --output json >"$work/nohup" 2>"$work/err") &
    local pid=$!
    wait_until ledger 'queues["nohup"]["entered"] > 0' >/dev/null 2>&1 || { cat "$work/err"; kill -9 $pid; return 1; }
    kill -HUP $pid
    wait_until has_lines "$work/nohup" 1 || { kill -9 $pid; return 1; }
    wait $pid || { cat "$work/nohup" "$work/err"; return 1; }
    json "$work/nohup" 'lines[0]["moved"] == 40 and lines[0]["complete"]'
}
check "redrive: a hangup that is ignored does not end it" redrive_without_hangup

redrive_poison() {
    with_dead_letters poison 1 || return 1
    lines_to poison-dlq bad || return 1
    # A consumer that fails at once, and whose message is dead again while the run goes on.
    (while "$sluice" peek poison --wait 0 --even-if-dead-letters >/dev/null 2>&1; do sleep 0.02; done) &
    local consumer=$!
    timeout 60 "$sluice" redrive poison-dlq --output json >"$work/out" 2>"$work/err" || { kill $consumer; cat "$work/err"; return 1; }
    kill $consumer
    wait $consumer 2>/dev/null || true
    json "$work/out" 'lines[0]["moved"] == 1 and lines[0]["complete"]'
}
check "redrive: ends although a message dies again and again" redrive_poison

redrive_refusals() {
    fails_with 1 "say where to with --to QUEUE" "$sluice" redrive stats || return 1
    printf '{"topic":{"name":"two-topic"},"queues":[{"name":"two-a","dead_letter_queue":"two-dlq"},{"name":"two-b","dead_letter_queue":"two-dlq"}]}' |
        "$sluice" chain apply - >/dev/null || return 1
    fails_with 1 "is the dead-letter queue of 2 queues" "$sluice" redrive two-dlq || return 1
    fails_with 1 "is the queue that the messages are in" "$sluice" redrive stats --to stats || return 1
    fails_with 1 "cannot be redriven to a FIFO queue" "$sluice" redrive stats-dlq --to line.fifo || return 1
    fails_with 1 "neither NAME=VALUE nor body~TEXT" "$sluice" redrive stats-dlq --filter country || return 1
    fails_with 1 "no-such-queue" "$sluice" redrive no-such-queue || return 1
    fails_with 1 "is a topic; a queue is needed" "$sluice" redrive "$topic:stats-topic" || return 1
    fails_with 2 "" "$sluice" redrive stats-dlq --rate 0 || return 1
    ledger 'queues["stats-dlq"]["visible"] == 1'
}
check "redrive: what cannot be is refused before anything is received" redrive_refusals

no_temporary_queues() { ledger 'not [name for name in queues if name.startswith("sluice-temporary-")]'; }
listens() { grep -qs 'until interrupted' "$1"; }

# tail_ended_by SIGNAL: status 0, and nothing is left.
tail_ended_by() {
    rm -f "$work/tail.err" # of the tail before
    timeout --foreground -k 5 120 "$sluice" tail stats-topic --output json >"$work/tail" 2>"$work/tail.err" &
    local pid=$! status=0
    wait_until listens "$work/tail.err" || return 1
    lines_to "$topic:stats-topic" hello -- --attribute a=b || return 1
    wait_until has_lines "$work/tail" 1 || return 1
    kill "-$1" $pid
    wait $pid || status=$?
    [ $status -eq 0 ] || { echo "status $status"; cat "$work/tail.err"; return 1; }
    json "$work/tail" 'len(lines) == 1 and lines[0]["body"] == "hello" and lines[0]["attributes"]["a"]["value"] == "b" and lines[0]["topic_arn"].endswith(":stats-topic")' || return 1
    grep -q 'the temporary queue is removed' "$work/tail.err" && no_temporary_queues || return 1
    "$sluice" stats "$topic:stats-topic" --output json >"$work/out" || return 1
    json "$work/out" 'len(lines[0]["subscriptions"]) == 1'
}
for signal in TERM HUP; do check "tail: SIG$signal ends it, and nothing is left" tail_ended_by $signal; done

tail_some() {
    rm -f "$work/tail.err" # of the tail before
    timeout --foreground -k 5 120 "$sluice" tail "$topic:stats-topic" --max 2 --filter-policy '{"country":["DE"]}' >"$work/tail" 2>"$work/tail.err" &
    local pid=$!
    wait_until listens "$work/tail.err" || return 1
    lines_to "$topic:stats-topic" no || return 1
    lines_to "$topic:stats-topic" one two -- --attribute country=DE || return 1
    wait $pid || { cat "$work/tail.err"; return 1; }
    [ "$(grep -cE '^  (one|two)$' "$work/tail")" -eq 2 ] && ! grep -q '^  no$' "$work/tail" || { cat "$work/tail"; return 1; }
    no_temporary_queues
}
check "tail: --max and --filter-policy" tail_some

tail_fifo() {
    rm -f "$work/tail.err" # of the tail before
    timeout --foreground -k 5 120 "$sluice" tail line-topic.fifo --max 3 --output json >"$work/tail" 2>"$work/tail.err" &
    local pid=$!
    wait_until listens "$work/tail.err" || return 1
    lines_to "$topic:line-topic.fifo" 1 2 3 -- --group g || return 1
    wait $pid || { cat "$work/tail.err"; return 1; }
    json "$work/tail" '[one["body"] for one in lines] == ["1", "2", "3"]' && no_temporary_queues
}
check "tail: of a FIFO topic, in its order" tail_fifo

tail_closed_output() {
    rm -f "$work/tail.err"
    { timeout --foreground -k 5 120 "$sluice" tail stats-topic 2>"$work/tail.err" || echo $? >"$work/status"; } | head -n 1 >/dev/null &
    wait_until listens "$work/tail.err" || return 1
    more_until_shown() { lines_to "$topic:stats-topic" more && grep -q shown "$work/tail.err"; }
    wait_until more_until_shown || { cat "$work/tail.err"; return 1; }
    wait $!
    [ "$(cat "$work/status")" = 1 ] && no_temporary_queues
}
check "tail: an output that is closed ends it, and nothing is left" tail_closed_output

tail_refusals() {
    fails_with 1 'there is no topic "no-such-topic" in us-east-1' "$sluice" tail no-such-topic || return 1
    fails_with 1 "--filter-policy" "$sluice" tail stats-topic --filter-policy '{"country":"DE"}' || return 1
    fails_with 1 "--filter-policy" "$sluice" tail stats-topic --filter-policy 'country' || return 1
    fails_with 1 "" "$sluice" tail "$topic:no-such-topic" || return 1
    no_temporary_queues
}
check "tail: refusals leave nothing behind" tail_refusals

benches() {
    "$sluice" bench --messages 2000 >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; return 1; }
    grep -q '^bench: 2,000 messages of 100 bytes, 2,000 read, 0 twice, 0 failed' "$work/out" || { cat "$work/out"; return 1; }
    "$sluice" chain bench-topic measured measured-line >/dev/null || return 1
    "$sluice" bench measured --messages 500 --output json >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    json "$work/out" 'lines[0]["read"] == 500 and lines[0]["failed"] == 0 and lines[0]["read_per_second"] > 0 and 0 < lines[0]["write_latency"]["p50_us"] <= lines[0]["write_latency"]["p99_us"] and lines[0]["cpu_us_per_message"] > 0' || return 1
    ledger 'queues["measured"]["visible"] == 0 and queues["measured"]["deleted"] == 500' || return 1
    lines_to measured "of somebody else" || return 1
    fails_with 1 "is not empty (about 1 messages)" "$sluice" bench measured --messages 10 || return 1
    "$sluice" bench measured --messages 50 --even-if-not-empty --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["read"] == 50' || return 1
    ledger 'queues["measured"]["visible"] == 1 and queues["measured"]["in_flight"] == 0'
}
check "bench: embedded broker, a queue, not one that others use" benches

json_of_the_others() {
    printf '{"topic":"json-topic","queues":["json-queue"]}' >"$work/chain.json"
    "$sluice" chain plan "$work/chain.json" --output json >"$work/out" || return 1
    json "$work/out" 'len(lines) > 2 and all(one["kind"] == "step" and one["planned"] for one in lines)' || return 1
    "$sluice" chain apply "$work/chain.json" --output json >"$work/out" || return 1
    json "$work/out" '[one["kind"] for one in lines[-2:]] == ["topic", "queue"] and lines[-1]["subscription_arn"].startswith("arn:")' || return 1
    "$sluice" chain check "$work/chain.json" --output json >"$work/out" 2>/dev/null || return 1
    lines_to json-queue hello -- --receipts --output json >"$work/out" || return 1
    json "$work/out" 'lines == [{"line": 1, "message_id": lines[0]["message_id"]}]' || return 1
    "$sluice" read json-queue --output json --count 1 >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["body"] == "hello"' || return 1
    "$sluice" config --output json >"$work/out" || return 1
    json "$work/out" '{"name": "region", "value": "us-east-1", "origin": "AWS_REGION"} in lines' || return 1
    "$sluice" demo --messages 2000 --output json >"$work/out" 2>/dev/null || return 1
    json "$work/out" 'lines[0]["published"] == 2000 and all(one["missing"] == 0 for one in lines[0]["queues"])'
}
check "--output json of the other commands" json_of_the_others

closed_pipes() {
    local command status
    for command in "stats" "peek peek --wait 0" "completion bash" "config"; do
        # shellcheck disable=SC2086
        status=$(set +o pipefail; { "$sluice" $command 2>/dev/null >/dev/full && echo 0 || echo $?; })
        [ "$status" = 1 ] || { echo "$command on a full disk: status $status"; return 1; }
    done
}
check "an output that cannot be written is a failure" closed_pipes

wrong_usage() {
    fails_with 2 "" "$sluice" stats --watch 0 || return 1
    fails_with 2 "" "$sluice" peek || return 1
    fails_with 2 "" "$sluice" peek q --max 0 || return 1
    fails_with 2 "" "$sluice" peek q --output yaml || return 1
    grep -q 'yaml not in {text,json}' "$work/err" || { cat "$work/err"; return 1; }
    fails_with 2 "" "$sluice" tail || return 1
    fails_with 2 "" "$sluice" completion tcsh || return 1
    fails_with 1 "is not a queue name" "$sluice" peek 'no queue' || return 1
    fails_with 1 "does a server listen there?" "$sluice" peek q --endpoint-url http://127.0.0.1:1
}
check "wrong usage" wrong_usage

# What is installed is what the program prints; `sluice completion` regenerates it.
files_are_current() {
    local source=$here/../../src/cli wrong=0
    "$sluice" completion bash | cmp - "$source/completions/sluice.bash" || wrong=1
    "$sluice" completion zsh | cmp - "$source/completions/_sluice" || wrong=1
    "$sluice" completion fish | cmp - "$source/completions/sluice.fish" || wrong=1
    "$sluice" completion man | cmp - "$source/sluice.1" || wrong=1
    return $wrong
}
check "completion files and man page are what the program prints" files_are_current

# Every option that --help of any command names is in the man page.
man_is_complete() {
    local path option missing=0
    "$sluice" completion man | sed 's/\\-/-/g; s/\\fB//g; s/\\fR//g' >"$work/man"
    for path in "" read write stats peek tail redrive purge bench demo local config completion chain "chain apply" "chain plan" "chain check" "chain remove"; do
        # shellcheck disable=SC2086
        "$sluice" $path --help >"$work/help" || return 1
        grep -q "^.SS sluice $path$" "$work/man" || [ -z "$path" ] || { echo "no section sluice $path"; missing=1; }
        for option in $(grep -oE '^  (-[a-z],)?--[a-z-]+' "$work/help" | grep -oE -- '--[a-z-]+'); do
            grep -q -- "$option" "$work/man" || { echo "the man page lacks $option of sluice $path"; missing=1; }
        done
    done
    [ "$("$sluice" --help | grep -cE '^  [a-z]+ ')" -eq 13 ] || { "$sluice" --help; missing=1; }
    return $missing
}
check "the man page has every command and option of --help" man_is_complete

mandoc_takes_man() { mandoc -T lint "$here/../../src/cli/sluice.1" >"$work/lint" || { cat "$work/lint"; return 1; }; }
groff_takes_man() {
    groff -man -ww -z "$here/../../src/cli/sluice.1" 2>"$work/lint" && [ ! -s "$work/lint" ] || { cat "$work/lint"; return 1; }
}
for tool in mandoc groff; do
    if command -v $tool >/dev/null; then check "the man page is clean for $tool" ${tool}_takes_man; else skip "man page: no $tool"; fi
done

# completes WORDS... => lines of what bash would offer for the last word.
completes() {
    bash -c 'source <("$1" completion bash); shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sluice; printf "%s\n" "${COMPREPLY[@]}"' \
        bash "$sluice" "$@"
}
bash_completes() {
    [ "$(completes sluice re | sort | tr '\n' ' ')" = "read redrive " ] || { completes sluice re; return 1; }
    [ "$(completes sluice chain a)" = apply ] || return 1
    [ "$(completes sluice chain apply --dr; completes sluice chain remove --dr)" = $'\n--dry-run' ] || return 1
    [ "$(completes sluice peek q --output '' | tr '\n' ' ')" = "text json " ] || return 1
    [ "$(completes sluice peek q --output = j)" = json ] || return 1
    [ "$(completes sluice completion f)" = fish ] || return 1
    [ -z "$(completes sluice peek q --max '')" ] || return 1
    grep -qx -- --max <<<"$(completes sluice redrive q --dry-run --m)" || return 1 # a flag takes no value
    touch "$work/chain definition.json"
    [ "$(cd "$work" && completes sluice chain apply 'chain d')" = "chain definition.json" ] || return 1
    # Every command completes itself, and each of its options.
    local option
    for option in $("$sluice" redrive --help | grep -oE '^  --[a-z-]+'); do
        grep -qx -- "$option" <<<"$(completes sluice redrive "$option")" || { echo "$option"; return 1; }
    done
}
check "bash completes commands, options, values and files" bash_completes

zsh_takes_it() { "$sluice" completion zsh >"$work/_sluice" && zsh -n "$work/_sluice"; }
fish_takes_it() {
    "$sluice" completion fish >"$work/sluice.fish" || return 1
    [ "$(fish -N -c "source $work/sluice.fish; complete -C 'sluice chain a'" | cut -f 1)" = apply ] || return 1
    [ "$(fish -N -c "source $work/sluice.fish; complete -C 'sluice peek q --output '" | cut -f 1 | sort | tr '\n' ' ')" = "json text " ]
}
for shell in zsh fish; do
    if command -v $shell >/dev/null; then check "$shell takes its completions" ${shell}_takes_it; else skip "completions: no $shell"; fi
done

finish
