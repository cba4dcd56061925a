#!/usr/bin/env bash
# Every example runs on the embedded broker, and prints what the documentation says.
# usage: test_examples.sh BUILD_FOLDER [--write]
#   --write: bring examples/output/ up to date
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(realpath "$1")
write=${2:-}
sluice=$build/src/cli/sluice
examples=$build/examples
# shellcheck source=tests/program/processes.sh
. "$root/tests/program/processes.sh"

# prints NAME COMMAND...: its output is examples/output/NAME.txt, but for the ids of messages.
prints() {
    local expected=$root/examples/output/$1.txt seen=$work/$1.txt status=0
    shift
    "$@" >"$seen" || status=$?
    [ $status -eq 0 ] || { echo "its exit status was $status"; cat "$seen"; return 1; }
    sed -i -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/9a4c6e0f-…/' "$seen"
    if [ "$write" = --write ]; then
        mkdir -p "$root/examples/output"
        cp "$seen" "$expected"
    fi
    diff -u "$expected" "$seen"
}

# Tests as users write them.
for name in doctest googletest; do
    if [ -x "$examples/snippet_with_$name" ]; then check "a test with $name" timeout 60 "$examples/snippet_with_$name"
    else skip "a test with $name, which is not installed"; fi
done

# Those that bring their own broker.
check "07 middleware prints what is documented" prints 07_middleware "$examples/example_middleware"
check "10 broker_in_test prints what is documented" prints 10_broker_in_test "$examples/example_broker_in_test"
check "11 virtual_time prints what is documented" prints 11_virtual_time timeout 60 "$examples/example_virtual_time"
check "14 tracing runs" "$examples/example_tracing"

commands_and_events() {
    local said
    said=$("$examples/example_command_bus") || return 1
    # The order of both lines of a customer is that of the handlers; that of the answer to the last request is not.
    [ "$(grep '^customer-7 has ordered for ' <<<"$said" | head -n 1)" = "customer-7 has ordered for 40" ] &&
        grep -qx 'total 42; rejected: an order has a positive amount' <<<"$said" || { echo "$said"; return 1; }
}
check "15 command_bus sends, is answered and hears of events" commands_and_events
check "16 cloud_event prints what is documented" prints 16_cloud_event "$examples/example_cloud_event"
check "17 claim_check prints what is documented" prints 17_claim_check "$examples/example_claim_check"
if [ -x "$examples/example_compression" ]; then
    check "18 compression runs" "$examples/example_compression"
else
    skip "18 compression was not built, as zlib (zlib1g-dev) is not installed"
fi
for name in writing reading waiting settings; do
    said() { timeout 120 "$examples/snippet_$name" >"$work/out" 2>"$work/err" && tail -n 1 "$work/out" | grep -qx 'all as documented' || { cat "$work/err"; return 1; }; }
    check "snippets: $name" said
done

start_broker --port 0
chain() { "$sluice" chain "$@"; }
topic=$(chain orders billing | awk '$1 == "topic" { print $2 }')

published_and_consumed() {
    local _
    for _ in $(seq 1 10); do "$examples/example_publish" "$topic" >/dev/null || return 1; done
    [ "$("$examples/example_consume" billing | grep -c '^{"id":1}$')" -eq 10 ]
}
check "01 publish and 02 consume run" published_and_consumed

declared_again() {
    "$examples/example_chain" >"$work/chain" || return 1
    ! grep -q '^created\|^changed' "$work/chain"
}
check "03 chain prints what is documented" prints 03_chain "$examples/example_chain"
check "03 chain changes nothing when it runs again" declared_again

check "04 fifo prints what is documented" prints 04_fifo timeout 60 "$examples/example_fifo" orders.fifo

planned() { grep -q 'queue audit' <<<"$("$sluice" chain plan "$root/examples/orders.json")"; }
check "orders.json is a chain" planned

# Two workers share a queue: each message is handled once, by one of them.
leveled() {
    chain work jobs >/dev/null || return 1
    "$examples/example_load_levelling" jobs >"$work/worker.1" &
    local first=$! second status=0
    "$examples/example_load_levelling" jobs >"$work/worker.2" &
    second=$!
    wait_until heeds_term $first && wait_until heeds_term $second || return 1
    seq 1 200 | "$sluice" write jobs 2>/dev/null || return 1
    handled() { [ "$(cat "$work"/worker.[12] | wc -l)" -ge 200 ]; }
    wait_until handled || return 1
    kill -TERM $first $second
    wait $first || status=$?
    wait $second || status=$?
    [ $status -eq 0 ] || { echo "an exit status was $status"; return 1; }
    [ "$(cat "$work"/worker.[12] | grep -c ' handled, receive 1$')" -eq 200 ] || { cat "$work"/worker.[12]; return 1; }
    [ "$(cat "$work"/worker.[12] | grep -c '^stopped completely: 0 handed back, 0 still out$')" -eq 2 ] || { tail -n 1 "$work"/worker.[12]; return 1; }
}
check "05 load_levelling: two processes share the work, and stop when told" leveled

without_queue() {
    local status=0
    timeout 30 "$examples/example_load_levelling" no-such-queue 2>"$work/err" || status=$?
    [ $status -eq 1 ] && grep -q '^load_levelling: .*no-such-queue' "$work/err" || { echo "status $status"; cat "$work/err"; return 1; }
}
check "05 load_levelling ends when there is no queue" without_queue

chained() {
    "$examples/example_topic_queue_chaining" subscribe shipping 0 >/dev/null || return 1 # makes its queue, and is down
    [ "$("$examples/example_topic_queue_chaining" publish 25)" = "25 of 25 published" ] || return 1
    "$examples/example_topic_queue_chaining" subscribe shipping 25 >"$work/prices" || return 1
    [ "$(grep '^price ' "$work/prices" | sort -u | wc -l)" -eq 25 ] || { cat "$work/prices"; return 1; }
    [ "$(tail -n 1 "$work/prices")" = "25 acknowledged, 0 failed" ]
}
check "06 topic_queue_chaining: a subscriber that was down gets everything" chained

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

embedded() {
    local port=$((10000 + RANDOM % 20000)) answer status=0
    "$examples/example_embed" "$port" billing &
    local server=$!
    wait_until listens "$port" || return 1
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'hello\n' >&3
    read -r -t 10 answer <&3
    exec 3>&-
    kill "$server"
    wait "$server" || status=$?
    case $answer in "ok "*) return $status ;; *) echo "answer: $answer"; return 1 ;; esac
}
check "08 embed answers its clients" embedded

start_http_server() {
    http_port=$((10000 + RANDOM % 20000))
    "$examples/example_http_server" "$http_port" "$1" 2>"$work/http.err" &
    http_pid=$!
    wait_until listens "$http_port"
}
# ask REQUEST: the status line of the answer.
ask() {
    local status
    exec 3<>"/dev/tcp/127.0.0.1/$http_port"
    printf '%b' "$1" >&3
    read -r -t 30 status <&3 || true
    exec 3>&-
    printf '%s\n' "${status%$'\r'}"
}
post() { printf 'POST / HTTP/1.1\\r\\nHost: here\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "${2:-${#1}}" "$1"; }

stops_gracefully() {
    chain posts posted >/dev/null || return 1
    start_http_server posted || return 1
    "$root/tests/program/post_messages.py" "$http_port" "$http_pid" 200 "$work/accepted" || return 1
    local status=0
    wait "$http_pid" || status=$?
    [ $status -eq 0 ] || { echo "its exit status was $status"; return 1; }
    # Perhaps more than were answered with 202, as the end of a connection says nothing; never less.
    timeout 60 "$sluice" read posted >"$work/posted" 2>/dev/null || return 1
    [ "$(sort "$work/accepted" | comm -23 - <(sort -u "$work/posted") | wc -l)" -eq 0 ] || { echo "202, but not in the queue"; return 1; }
}
check "09 http_server: every 202 is in the queue, with a SIGTERM in the middle" stops_gracefully

# faults [BODY]: tells the broker what to play, or asks what it has played.
faults() {
    python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], sys.argv[2].encode() or None, timeout=30).read().decode())' \
        "$AWS_ENDPOINT_URL/_sluice/faults" "${1:-}"
}

# A client whose message is on its way when the signal comes gets its answer; a connection that rests does not hold it up.
answers_what_is_under_way() {
    local status=0 asking
    start_http_server posted || return 1
    faults '{"operation":"SendMessageBatch","nth":1,"fault":"delay_reply","delay_ms":1500}' >/dev/null || return 1
    ask "$(post slow)" >"$work/slow" &
    asking=$!
    exec 4<>"/dev/tcp/127.0.0.1/$http_port"
    played() { case $(faults) in *'"applied":1'*) ;; *) return 1 ;; esac; }
    wait_until played || return 1
    kill -TERM "$http_pid"
    wait "$http_pid" || status=$?
    wait $asking
    exec 4>&-
    [ "$(cat "$work/slow")" = "HTTP/1.1 202 Accepted" ] || { cat "$work/slow"; return 1; }
    return $status
}
check "09 http_server answers what is under way when it is told to stop" answers_what_is_under_way

answers_by_error() {
    local status=0 seen
    start_http_server no-such-queue || return 1
    seen=$(ask "$(post hello)")
    [ "$seen" = "HTTP/1.1 503 Service Unavailable" ] || { echo "no queue: $seen"; return 1; }
    seen=$(ask "$(post '')")
    [ "$seen" = "HTTP/1.1 400 Bad Request" ] || { echo "empty: $seen"; return 1; }
    seen=$(ask "$(post '' 300000)")
    [ "$seen" = "HTTP/1.1 413 Payload Too Large" ] || { echo "too large: $seen"; return 1; }
    kill -TERM "$http_pid"
    wait "$http_pid" || status=$?
    return $status
}
check "09 http_server: 503, 400 and 413" answers_by_error

# It is asked as Prometheus does, until everything is there.
scraped() {
    local port=$((10000 + RANDOM % 20000)) status=0 line missing
    "$examples/example_metrics" "$port" 2>"$work/events" &
    local server=$!
    get() {
        exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
        printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3
        timeout 10 cat <&3 | tr -d '\r'
        exec 3>&-
    }
    for _ in $(seq 1 200); do
        get /metrics >"$work/metrics" 2>/dev/null
        missing=
        for line in '^HTTP/1.0 200 OK$' '^Content-Type: text/plain; version=0.0.4; charset=utf-8$' \
            '^# TYPE sluice_writer_messages_total counter$' \
            '^sluice_writer_messages_total{destination="orders",system="aws_sqs",outcome="accepted"} 3$' \
            '^sluice_writer_batch_messages_count{destination="orders",system="aws_sqs"} [1-3]$' \
            '^sluice_handler_duration_seconds_bucket{queue="orders",outcome="ok",le="+Inf"} 2$' \
            '^sluice_reader_handler_failures_total{queue="orders"} [1-9]' \
            '^sluice_reader_in_flight_messages{reader="orders"} [0-9]*$'; do
            grep -q "$line" "$work/metrics" || missing=$line
        done
        [ -z "$missing" ] && break
        sleep 0.05
    done
    get /other >"$work/other"
    kill "$server"
    wait "$server" || status=$?
    [ -z "$missing" ] || { echo "not there: $missing"; cat "$work/metrics"; return 1; }
    grep -q '^HTTP/1.0 404 Not Found$' "$work/other" || { cat "$work/other"; return 1; }
    grep -q ' level=error event=handler_failed .*messaging.destination.name=orders .*error.message=stoi$' "$work/events" ||
        { cat "$work/events"; return 1; }
    return $status
}
check "13 metrics are scraped, failures are logged" scraped

# What is forged is refused before anything is fetched.
forged() {
    local status=0 topic=arn:aws:sns:us-west-2:123456789012:orders
    printf '{"Type":"Notification","MessageId":"1","TopicArn":"%s","Message":"m","Timestamp":"t","SignatureVersion":"2","Signature":"AAAA","SigningCertURL":"https://evil.example/a.pem"}' "$topic" |
        "$examples/example_signature" "$topic" >"$work/signature" || status=$?
    [ $status -eq 1 ] && grep -q '^refused: SigningCertURL is https://evil.example/a.pem' "$work/signature"
}
check "12 signature refuses what is forged" forged

# A topic that delivers to it: it confirms by itself, believes what is signed, and nothing else.
webhook_receives() {
    local port=$((10000 + RANDOM % 20000)) status=0 seen topic=arn:aws:sns:us-east-1:000000000000:hooked
    chain hooked unused >/dev/null || return 1
    WEBHOOK_TEST_BROKER=$AWS_ENDPOINT_URL "$examples/example_webhook" "$port" "$topic" >"$work/webhook" &
    local server=$!
    wait_until listens "$port" || return 1
    heard() { grep -q "^$1" "$work/webhook"; }
    wait_until heard "SubscriptionConfirmation: You have chosen to subscribe to the topic $topic.$" || return 1
    # The answer to the confirmation may still be under way: what is published before is for nobody.
    delivered() { printf 'order 1\n' | "$sluice" write "$topic" 2>/dev/null && sleep 0.1 && heard 'Notification: order 1$'; }
    wait_until delivered || { cat "$work/webhook"; return 1; }
    http_port=$port
    seen=$(ask "$(post '{"Type":"Notification"}')")
    [ "$seen" = "HTTP/1.1 403 Forbidden" ] && heard 'refused: ' || { echo "forged: $seen"; cat "$work/webhook"; return 1; }
    kill "$server"
    wait "$server" || status=$?
    return $status
}
check "19 webhook is confirmed, and takes what is signed" webhook_receives

configured() {
    mkdir -p "$work/home/.aws"
    printf '[profile dev]\nregion = eu-west-1\n' >"$work/home/.aws/config"
    printf '[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-secret\n' >"$work/home/.aws/credentials"
    # The columns are as wide as the longest path.
    env -i HOME="$work/home" PATH="$PATH" AWS_PROFILE=dev "$sluice" config | sed -E "s|$work/home|~|g; s/ {2,}/\t/g" |
        awk -F '\t' '{ printf "%-33s%-38s%s\n", $1, $2, $3 }'
}
check "config prints what is documented" prints config configured

finish
