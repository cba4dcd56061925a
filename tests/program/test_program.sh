#!/usr/bin/env bash
# The sluice program from outside: pipes, exit statuses, one-line errors, against the embedded broker and every foreign
# server that runs (SLUICE_TEST_*_ENDPOINT).
# usage: test_program.sh PATH_OF_SLUICE
set -euo pipefail

# shellcheck source=tests/program/waiting.sh
. "$(dirname "${BASH_SOURCE[0]}")/waiting.sh"
sluice=$(realpath "$1")
work=$(mktemp -d)
passed=0
failed=0
pids=()

clean_up() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT

check() {
    local what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what"; fi
}

unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_SQS AWS_ENDPOINT_URL_SNS AWS_CA_BUNDLE AWS_SESSION_TOKEN AWS_DEFAULT_REGION AWS_PROFILE
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

start_broker() {
    "$sluice" local --port 0 >"$work/broker.out" 2>"$work/broker.err" &
    pids+=($!)
    wait_until grep -q '^export AWS_SECRET_ACCESS_KEY=' "$work/broker.out"
    broker=$(sed -n 's/^export AWS_ENDPOINT_URL=//p' "$work/broker.out")
}

# fails_with STATUS TEXT COMMAND...: exit status, one line on stderr that holds the text, nothing on stdout.
fails_with() { fails_with_input "$@" </dev/null; }
fails_with_input() {
    local status=0 wanted=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$wanted" ] || { echo "exit status $status, not $wanted: $*"; cat "$work/err"; return 1; }
    [ ! -s "$work/out" ] || { echo "it wrote to stdout: $*"; return 1; }
    grep -qF -- "$text" "$work/err" || { echo "no \"$text\" in: $(cat "$work/err")"; return 1; }
    [ "$(grep -c '^sluice: ' "$work/err")" -eq 1 ] || { echo "not one line: $(cat "$work/err")"; return 1; }
}

# The queue is drained while it is filled; the same set of lines must come out.
round_trip() {
    local endpoint=$1 protocol=$2 count=$3 queue="lines-$RANDOM-$RANDOM" options
    options=(--endpoint-url "$endpoint" --protocol "$protocol")
    create_queue "$endpoint" "$queue" || { echo "no queue"; return 1; }
    seq 1 "$count" >"$work/sent"
    "$sluice" read "$queue" --count "$count" --wait 1 "${options[@]}" >"$work/read" 2>"$work/read.err" &
    local reader=$!
    "$sluice" write "$queue" "${options[@]}" <"$work/sent" 2>"$work/write.err" || { cat "$work/write.err"; return 1; }
    wait "$reader" || { cat "$work/read.err"; return 1; }
    [ "$(wc -l <"$work/read")" -eq "$count" ] || { echo "$(wc -l <"$work/read") lines, not $count"; return 1; }
    # A queue may deliver twice: the set of lines counts, and what a repetition kept from being read.
    "$sluice" read "$queue" --wait 1 "${options[@]}" >>"$work/read" 2>"$work/read.err" || { cat "$work/read.err"; return 1; }
    sort -un "$work/read" | cmp -s - "$work/sent" || { echo "other lines came out: $(sort -un "$work/read" | wc -l) of $count"; return 1; }
}

# Signed by nobody: the foreign servers do not check, the embedded broker is asked through a chain.
create_queue() {
    if [ "$1" = "$broker" ]; then
        "$sluice" chain "topic-$2" "$2" --endpoint-url "$1" >/dev/null
    else
        python3 - "$1" "$2" <<'PY'
import json, sys, urllib.request
endpoint, name = sys.argv[1:]
headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.CreateQueue",
           "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"}
body = json.dumps({"QueueName": name}).encode()
urllib.request.urlopen(urllib.request.Request(endpoint + "/", data=body, headers=headers), timeout=30).read()
PY
    fi
}

start_broker
check "the broker says where it is" test -n "$broker"

check "5,000 lines through the embedded broker, Query" round_trip "$broker" query 5000
check "5,000 lines through the embedded broker, JSON" round_trip "$broker" json 5000
[ -z "${SLUICE_TEST_FAUXQS_ENDPOINT:-}" ] || check "5,000 lines through fauxqs, JSON" round_trip "$SLUICE_TEST_FAUXQS_ENDPOINT" json 5000
if [ -n "${SLUICE_TEST_ELASTICMQ_ENDPOINT:-}" ]; then
    check "5,000 lines through ElasticMQ, Query" round_trip "$SLUICE_TEST_ELASTICMQ_ENDPOINT" query 5000
    check "5,000 lines through ElasticMQ, JSON" round_trip "$SLUICE_TEST_ELASTICMQ_ENDPOINT" json 5000
fi
# moto is slow: its time grows with the square of what waits.
[ -z "${SLUICE_TEST_MOTO_ENDPOINT:-}" ] || check "500 lines through moto, Query" round_trip "$SLUICE_TEST_MOTO_ENDPOINT" query 500

topic_to_queues() {
    "$sluice" chain parts one two --filter 'two={"kind":["b"]}' --endpoint-url "$broker" >"$work/chain" || return 1
    local topic
    topic=$(awk '$1 == "topic" { print $2 }' "$work/chain")
    printf 'x\ny\n' | "$sluice" write "$topic" --attribute kind=a --endpoint-url "$broker" 2>/dev/null || return 1
    printf 'z\n' | "$sluice" write "$topic" --attribute kind=b --endpoint-url "$broker" 2>/dev/null || return 1
    [ "$("$sluice" read one --wait 1 --endpoint-url "$broker" 2>/dev/null | sort | tr '\n' ' ')" = "x y z " ] || return 1
    [ "$("$sluice" read two --wait 1 --endpoint-url "$broker" 2>/dev/null)" = z ]
}
check "chain, write to the topic, read both queues" topic_to_queues

chain_file() {
    cat >"$work/chain.json" <<'JSON'
{"topic": {"name": "file-topic", "tags": {"team": "shop"}},
 "queues": [{"name": "file-queue", "filter_policy": {"country": ["DE"]}, "dead_letter_queue": "file-dead"}]}
JSON
    local endpoint=(--endpoint-url "$broker")
    "$sluice" chain plan "$work/chain.json" "${endpoint[@]}" >"$work/out" || return 1
    [ "$(grep -c '^would be created' "$work/out")" -eq 4 ] || { cat "$work/out"; return 1; }
    "$sluice" chain apply - "${endpoint[@]}" <"$work/chain.json" >"$work/out" || return 1
    [ "$(grep -c '^created' "$work/out")" -eq 4 ] && grep -q '^topic.*:file-topic$' "$work/out" || { cat "$work/out"; return 1; }
    "$sluice" chain apply "$work/chain.json" "${endpoint[@]}" >"$work/out" || return 1
    [ "$(grep -c '^left' "$work/out")" -eq 5 ] && ! grep -q '^created\|^changed' "$work/out" || { cat "$work/out"; return 1; }
    "$sluice" chain check "$work/chain.json" --attribute country=DE "${endpoint[@]}" >"$work/out" 2>&1 || return 1
    local status=0
    "$sluice" chain check "$work/chain.json" --attribute country=IT "${endpoint[@]}" >"$work/out" || status=$?
    [ $status -eq 1 ] && grep -q "^fault.filter_rejects.subscription of queue file-queue" "$work/out" || { cat "$work/out"; return 1; }
    "$sluice" chain remove --dry-run "$work/chain.json" "${endpoint[@]}" >"$work/out" || return 1
    [ "$(grep -c '^would be removed' "$work/out")" -eq 4 ] || { cat "$work/out"; return 1; }
    "$sluice" chain remove "$work/chain.json" "${endpoint[@]}" >"$work/out" || return 1
    [ "$(grep -c '^removed' "$work/out")" -eq 4 ] || { cat "$work/out"; return 1; }
    [ -z "$("$sluice" chain remove "$work/chain.json" "${endpoint[@]}")" ]
}
check "chain from a file: plan, apply, check, remove" chain_file

refused_chain() { printf '%s' "$2" | fails_with_input 1 "$1" "$sluice" chain plan - --endpoint-url "$broker"; }
check "a chain with an unknown member" refused_chain "queus is not known" '{"topic":"a","queus":[]}'
check "a chain that cannot be" refused_chain "cannot deliver to the FIFO queue" '{"topic":"a","queues":["b.fifo"]}'
check "a chain file that is not there" fails_with 1 "no-such-file" "$sluice" chain plan no-such-file --endpoint-url "$broker"

json_lines() {
    "$sluice" chain json-topic json-queue --endpoint-url "$broker" >/dev/null || return 1
    printf 'tab\there "quoted"\n' | "$sluice" write json-queue --attribute a=1 --endpoint-url "$broker" 2>/dev/null || return 1
    "$sluice" read json-queue --json --count 1 --endpoint-url "$broker" 2>/dev/null |
        python3 -c 'import json, sys; line = json.loads(sys.stdin.read()); assert line["body"] == "tab\there \"quoted\"", line; assert line["attributes"]["a"] == {"type": "String", "value": "1"}; assert line["system_attributes"]["ApproximateReceiveCount"] == "1"'
}
check "--json" json_lines

bad_lines() {
    "$sluice" chain bad-topic bad-queue --endpoint-url "$broker" >/dev/null || return 1
    local status=0
    printf 'good\n\001bad\nalso good\n\n' | "$sluice" write bad-queue --endpoint-url "$broker" 2>"$work/err" || status=$?
    [ $status -eq 1 ] || return 1
    grep -q '^sluice: line 2: ' "$work/err" && grep -q '^sluice: line 4: ' "$work/err" && grep -q '^2 accepted, 2 failed' "$work/err" || return 1
    [ "$("$sluice" read bad-queue --wait 1 --endpoint-url "$broker" 2>/dev/null | sort | tr '\n' ' ')" = "also good good " ]
}
check "lines that cannot be sent are named, the others are sent" bad_lines

# status_of COMMAND...: sets `status`; what it says is in err.
status_of() { status=0; "$@" >"$work/out" 2>"$work/err" || status=$?; }
says() { grep -qF -- "$1" "$work/err" || { cat "$work/err"; return 1; }; }

long_lines() {
    "$sluice" chain long-topic long-queue --endpoint-url "$broker" >/dev/null || return 1
    { seq 1 900; head -c 3000000 /dev/zero | tr '\0' a; echo; seq 901 1000; } >"$work/long"
    local status
    status_of "$sluice" write long-queue --endpoint-url "$broker" <"$work/long"
    [ $status -eq 1 ] && says 'sluice: line 901: message too long' && says '1,000 accepted, 1 failed' || return 1
    status_of "$sluice" write long-queue --endpoint-url "$broker" < <(cat "$work/long")
    [ $status -eq 1 ] && says 'sluice: line 901: message too long' && says '1,000 accepted, 1 failed'
}
check "a line that no message can hold is named, all others are sent" long_lines

unreadable_input() {
    local status
    status_of "$sluice" write bad-queue --endpoint-url "$broker" </tmp
    [ $status -eq 1 ] && says 'cannot read the input: Is a directory' || return 1
    status_of "$sluice" write bad-queue --endpoint-url "$broker" <&-
    [ $status -eq 1 ] && says 'cannot read the input: Bad file descriptor'
}
check "an input that cannot be read is a failure" unreadable_input

full_output() {
    local status
    seq 1 5 >"$work/five"
    for format in text json; do
        status=0
        "$sluice" write bad-queue --receipts --output $format --endpoint-url "$broker" <"$work/five" >/dev/full 2>"$work/err" || status=$?
        [ $status -eq 1 ] && says 'the output cannot be written: No space left on device' && says 'receipts are lost' || return 1
    done
    for command in "stats bad-queue" "peek bad-queue" config "completion bash" "chain long-topic long-queue"; do
        status=0
        # shellcheck disable=SC2086
        AWS_ENDPOINT_URL=$broker "$sluice" $command >/dev/full 2>"$work/err" || status=$?
        [ $status -eq 1 ] && says 'sluice: the output cannot be written' || { echo "$command: $status"; return 1; }
    done
    status=0
    AWS_ENDPOINT_URL=$broker "$sluice" config >&- 2>"$work/err" || status=$?
    [ $status -eq 1 ] && says 'sluice: the output cannot be written'
}
check "an output that is full or closed is a failure that is named" full_output

interrupted_write() {
    "$sluice" chain cut-topic cut-queue --endpoint-url "$broker" >/dev/null || return 1
    mkfifo "$work/pipe"
    "$sluice" write cut-queue --receipts --endpoint-url "$broker" <"$work/pipe" >"$work/receipts" 2>"$work/err" &
    local writer=$! status=0
    exec 8>"$work/pipe"
    seq 1 50 >&8
    pids+=($writer)
    wait_until has_lines "$work/receipts" 50 || return 1
    kill -TERM $writer # the pipe is still open
    wait $writer || status=$?
    exec 8>&-
    [ $status -eq 1 ] && says '50 accepted, 0 failed' && says 'sluice: interrupted after line 50'
}
check "a writer that is told to stop says how far it came" interrupted_write

# A signal that comes while a full pipe holds up the receipts costs none of them.
blocked_in_write() { awk '{ exit !($1 == 1 && $2 == "0x1") }' "/proc/$1/syscall" 2>/dev/null; }
interrupted_receipts() {
    mkfifo "$work/slow"
    seq 1 20000 >"$work/many"
    exec 7<>"$work/slow" 6<"$work/slow"
    "$sluice" write cut-queue --receipts --endpoint-url "$broker" <"$work/many" >"$work/slow" 2>"$work/err" 6<&- 7>&- &
    local writer=$! status=0
    pids+=($writer)
    wait_until blocked_in_write $writer || return 1
    kill -TERM $writer
    exec 7>&-
    cat <&6 >"$work/receipts"
    exec 6<&-
    wait $writer || status=$?
    [ $status -eq 1 ] && says 'sluice: interrupted after line' || { echo "status $status"; return 1; }
    says "$(printf "%'d accepted, 0 failed" "$(wc -l <"$work/receipts")" | sed "s/^\([0-9]*\)\([0-9]\{3\}\) /\1,\2 /")"
}
check "a writer that is told to stop while its output is full loses no receipt" interrupted_receipts

other_region() {
    local status
    echo lost >"$work/lost"
    status_of "$sluice" write arn:aws:sqs:eu-west-1:000000000000:bad-queue --endpoint-url "$broker" <"$work/lost"
    [ $status -eq 1 ] && says 'the queue bad-queue is in the region eu-west-1, the session in us-east-1' && says '0 accepted, 1 failed' || return 1
    status_of "$sluice" purge arn:aws:sqs:eu-west-1:000000000000:bad-queue --yes --endpoint-url "$broker"
    [ $status -eq 1 ] && says 'is in the region eu-west-1'
}
check "the ARN of another region is not taken for a queue of this one" other_region

wrong_numbers() {
    local number status
    refused() { status_of "${@:2}"; [ $status -eq 2 ] && says "$1" || { echo "${*:2}: $status"; return 1; }; }
    for number in 0 -1 nan 99999999999999999999 18446744073709551616; do
        refused "--count" "$sluice" read bad-queue --count $number --endpoint-url "$broker" || return 1
        refused "--max" "$sluice" redrive bad-queue --max $number --endpoint-url "$broker" || return 1
    done
    for number in 0 -1 1e-10 nan inf; do
        refused "--rate" "$sluice" redrive bad-queue --rate $number --endpoint-url "$broker" || return 1
    done
    refused "--data" "$sluice" local --data ''
}
check "numbers and names that mean nothing are refused" wrong_numbers

failing_polls() {
    local status
    curl -sf "$broker/_sluice/faults" -d '{"operation":"ReceiveMessage","fault":"fail","status":503}' >/dev/null || return 1
    status_of timeout 120 "$sluice" read bad-queue --endpoint-url "$broker"
    curl -sf -X DELETE "$broker/_sluice/faults" >/dev/null || return 1
    [ $status -eq 1 ] && says 'sluice: cannot read, trying again: ' && says '0 read and acknowledged, given up'
}
check "a queue that cannot be read is given up, and why is said" failing_polls

interrupted_read() {
    "$sluice" read bad-queue --count 1000 --endpoint-url "$broker" >/dev/null 2>"$work/err" &
    local reader=$! status=0
    pids+=($reader)
    wait_until heeds_term $reader || return 1
    kill -TERM $reader
    wait $reader || status=$?
    [ $status -eq 1 ] && says 'interrupted'
}
check "a reader that is told to stop before its count says so" interrupted_read

secret_in_url() {
    fails_with 1 'http://***@h' "$sluice" stats --endpoint-url http://user:SECRETPW@h &&
        ! grep -q SECRETPW "$work/err"
}
check "a password in the endpoint URL is not shown" secret_in_url

closed_output() {
    "$sluice" chain closed-topic closed-queue --endpoint-url "$broker" >/dev/null || return 1
    # More than a pipe holds: the reader meets its closed end, however late that is closed.
    seq 1 200 | sed "s/\$/ $(printf '%01000d' 0)/" | "$sluice" write closed-queue --endpoint-url "$broker" 2>/dev/null || return 1
    local status=0
    { "$sluice" read closed-queue --wait 1 --endpoint-url "$broker" 2>/dev/null || echo $? >"$work/status"; } | head -n 1 >/dev/null
    status=$(cat "$work/status" 2>/dev/null || echo 0)
    [ "$status" = 1 ]
}
check "a reader whose output is closed fails" closed_output

check "no such queue" fails_with 1 "no-such-queue" "$sluice" read no-such-queue --endpoint-url "$broker"
check "a wrong key" fails_with 1 "sluice config shows which they are" env AWS_SECRET_ACCESS_KEY=wrong "$sluice" read q --endpoint-url "$broker"

fails_without_keys() {
    local status=0
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_EC2_METADATA_DISABLED=true "$sluice" config >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq 1 ] && grep -qF 'instance metadata: AWS_EC2_METADATA_DISABLED is set' "$work/err" && grep -qE '^region +us-east-1 +AWS_REGION$' "$work/out"
}

# config: origins, masked secrets, exit status. No instance is asked.
config_shows() {
    mkdir -p "$work/home/.aws"
    printf '[profile dev]\nregion = eu-west-3\naws_access_key_id = AKIDOFTHEPROFILE\naws_secret_access_key = hush-hush-hush\n' >"$work/home/.aws/config"
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_REGION -u AWS_SHARED_CREDENTIALS_FILE HOME="$work/home" \
        AWS_CONFIG_FILE="$work/home/.aws/config" AWS_PROFILE=dev HTTPS_PROXY=http://me:hush@proxy:3128 "$sluice" config >"$work/out" || return 1
    grep -qE "^region +eu-west-3 +region of the profile dev, .*/config:2$" "$work/out" || return 1
    grep -qE '^access_key_id +\*+FILE +profile dev$' "$work/out" || return 1
    grep -qE '^proxy +http://\*+@proxy:3128 +HTTPS_PROXY$' "$work/out" || return 1
    ! grep -qE 'hush|AKIDOF' "$work/out"
}
check "config shows where settings and keys come from" config_shows
check "config without keys" fails_without_keys
check "a wrong region" fails_with 1 "region" "$sluice" read q --endpoint-url "$broker" --region eu-west-1
check "no keys" fails_with 1 "environment: AWS_SECRET_ACCESS_KEY is set, but not AWS_ACCESS_KEY_ID" env -u AWS_ACCESS_KEY_ID "$sluice" read q --endpoint-url "$broker"
check "no region" fails_with 1 "AWS_REGION" env -u AWS_REGION "$sluice" read q --endpoint-url "$broker"
# It goes on trying until its patience ends, between two tries or with one of them; then the message counts as failed,
# and so does the program.
written_to_nobody() {
    local status=0
    echo x | timeout 150 "$sluice" write q --endpoint-url http://127.0.0.1:1 2>"$work/err" || status=$?
    [ $status -eq 1 ] && grep -q '^0 accepted, 1 failed' "$work/err" && grep -q '^sluice: line 1: GetQueueUrl: .*cannot connect to 127.0.0.1:1: ' "$work/err" || { cat "$work/err"; return 1; }
}
check "nobody listens to what is written" written_to_nobody
check "nobody listens" fails_with 1 "does a server listen there?" "$sluice" read q --endpoint-url http://127.0.0.1:1
check "an unknown host" fails_with 1 "no-such-host.invalid" "$sluice" read q --endpoint-url http://no-such-host.invalid
check "an endpoint that is no URL" fails_with 1 "endpoint URL" "$sluice" read q --endpoint-url localhost:4566
check "a destination that cannot be" fails_with 1 "is not a queue name" "$sluice" write 'no queue'

usage_errors() {
    local status=0
    "$sluice" >/dev/null 2>&1 || status=$?
    [ $status -eq 2 ] || return 1
    status=0
    "$sluice" read --no-such-option q >/dev/null 2>&1 || status=$?
    [ $status -eq 2 ] || return 1
    status=0
    "$sluice" chain only-a-topic >/dev/null 2>&1 || status=$?
    [ $status -eq 2 ] || return 1
    grep -q 'Exit status' <<<"$("$sluice" --help)" && grep -q -- '--follow' <<<"$("$sluice" read --help)"
}
check "usage errors and help" usage_errors

demo_runs() {
    "$sluice" demo --messages 20000 >"$work/demo" 2>&1 || { cat "$work/demo"; return 1; }
    grep -q '^0 missing$' "$work/demo"
}
check "demo with 20,000 messages" demo_runs

demo_of_a_file() {
    printf 'first line\nsecond  line with "quotes" & <tags>\nlast' >"$work/lines"
    "$sluice" demo --input "$work/lines" >"$work/demo" 2>&1 || { cat "$work/demo"; return 1; }
    grep -q 'published   3 of 3' "$work/demo" && grep -q '^0 missing$' "$work/demo"
}
check "demo with the lines of a file" demo_of_a_file

stops_cleanly() {
    kill -TERM "${pids[0]}"
    wait "${pids[0]}"
}
check "the broker stops cleanly when asked to" stops_cleanly

echo "counts: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
