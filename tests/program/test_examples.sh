#!/usr/bin/env bash
# The README's programs are the files in examples/, and they run.
# usage: test_examples.sh BUILD_FOLDER
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(realpath "$1")
passed=0
failed=0
check() {
    local what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what"; fi
}

quoted() {
    python3 - "$root/README.md" "$root/examples/$1" <<'PY'
import pathlib, sys
readme, example = (pathlib.Path(name).read_text() for name in sys.argv[1:])
sys.exit(0 if "```cpp\n" + example + "```" in readme else 1)
PY
}
check "README quotes examples/publish.cpp as it is" quoted publish.cpp
check "README quotes examples/consume.cpp as it is" quoted consume.cpp
check "README quotes examples/chain.cpp as it is" quoted chain.cpp
check "README quotes examples/signature.cpp as it is" quoted signature.cpp
check "README quotes examples/broker_in_test.cpp as it is" quoted broker_in_test.cpp
check "README quotes examples/middleware.cpp as it is" quoted middleware.cpp
check "README quotes examples/load_levelling.cpp as it is" quoted load_levelling.cpp
check "README quotes examples/topic_queue_chaining.cpp as it is" quoted topic_queue_chaining.cpp
check "middleware runs" "$build/examples/example_middleware"
check "broker_in_test runs" "$build/examples/example_broker_in_test"

prints() {
    local expected=$1
    shift
    "$@" >"$output" || return 1
    [ "$(cat "$output")" = "$expected" ] || { cat "$output"; return 1; }
}
output=$(mktemp)
check "cloud_event runs" prints 'com.example.order.created A-1 about orders/7: {"amount":12.50}
of basket-3
the name "Correlation-ID" is not allowed for an attribute of a CloudEvent: a-z and 0-9 only, and not "data"' \
    "$build/examples/example_cloud_event"
check "claim_check runs" prints '100 bytes sent as 100
2000000 bytes sent as 97
100 bytes handled
2000000 bytes handled' "$build/examples/example_claim_check"
skipped=0
if [ -x "$build/examples/example_compression" ]; then
    check "compression runs" "$build/examples/example_compression"
else
    echo "skipped: compression was not built, as zlib (zlib1g-dev) is not installed"
    skipped=1
fi
rm -f "$output"

work=$(mktemp -d)
"$build/src/cli/sluice" local --port 0 >"$work/env" 2>/dev/null &
broker=$!
trap 'kill $broker 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 1 100); do grep -q SECRET "$work/env" && break; sleep 0.05; done
# shellcheck disable=SC1091
. "$work/env"
unset AWS_ENDPOINT_URL_SQS AWS_ENDPOINT_URL_SNS AWS_CA_BUNDLE AWS_SESSION_TOKEN
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
topic=$("$build/src/cli/sluice" chain orders billing | awk '$1 == "topic" { print $2 }')

publish_and_consume() {
    local _
    for _ in $(seq 1 10); do "$build/examples/example_publish" "$topic" >/dev/null || return 1; done
    [ "$("$build/examples/example_consume" billing | grep -c '^{"id":1}$')" -eq 10 ]
}
check "publish and consume run" publish_and_consume

chained() {
    "$build/examples/example_chain" >"$work/chain" || return 1
    grep -q '^changed queue billing$' "$work/chain" && grep -q '^created queue billing-dead$' "$work/chain" || { cat "$work/chain"; return 1; }
    grep -q 'the attribute country is "IT", asked is \["DE","FR"\]' "$work/chain" || { cat "$work/chain"; return 1; }
    "$build/examples/example_chain" >"$work/chain" || return 1
    ! grep -q '^created\|^changed' "$work/chain"
}
check "chain declares it, twice, and explains" chained

# What is forged is refused before anything is fetched.
forged() {
    local status=0 topic=arn:aws:sns:us-west-2:123456789012:orders
    printf '{"Type":"Notification","MessageId":"1","TopicArn":"%s","Message":"m","Timestamp":"t","SignatureVersion":"2","Signature":"AAAA","SigningCertURL":"https://evil.example/a.pem"}' "$topic" |
        "$build/examples/example_signature" "$topic" >"$work/signature" || status=$?
    [ $status -eq 1 ] && grep -q '^refused: SigningCertURL is https://evil.example/a.pem' "$work/signature"
}
check "signature refuses what is forged" forged

embedded() {
    local port=$((20000 + RANDOM % 20000)) answer status=0
    "$build/examples/example_embed" "$port" billing &
    local server=$!
    for _ in $(seq 1 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.05; done
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'hello\n' >&3
    read -r -t 10 answer <&3
    exec 3>&-
    kill "$server"
    wait "$server" || status=$?
    case $answer in "ok "*) return $status ;; *) echo "answer: $answer"; return 1 ;; esac
}
check "embed answers its clients" embedded

leveled() {
    "$build/src/cli/sluice" chain work jobs >/dev/null || return 1
    seq 1 50 | "$build/src/cli/sluice" write jobs 2>/dev/null || return 1
    "$build/examples/example_load_levelling" jobs >"$work/handled" &
    local worker=$! status=0
    for _ in $(seq 1 600); do [ "$(wc -l <"$work/handled")" -ge 50 ] && break; sleep 0.05; done
    kill -TERM $worker
    wait $worker || status=$?
    [ $status -eq 0 ] || { echo "its exit status was $status"; return 1; }
    [ "$(grep -c ' handled, receive 1$' "$work/handled")" -eq 50 ] || { cat "$work/handled"; return 1; }
    [ "$(tail -n 1 "$work/handled")" = "stopped completely: 0 handed back, 0 still out" ] || { tail -n 1 "$work/handled"; return 1; }
}
check "load_levelling handles, and stops when told" leveled

without_queue() {
    local status=0
    timeout 30 "$build/examples/example_load_levelling" no-such-queue 2>"$work/err" || status=$?
    [ $status -eq 1 ] && grep -q '^load_levelling: .*no-such-queue' "$work/err" || { echo "status $status"; cat "$work/err"; return 1; }
}
check "load_levelling ends when there is no queue" without_queue

chained() {
    "$build/examples/example_topic_queue_chaining" subscribe shipping 0 >/dev/null || return 1 # makes its queue, and is down
    [ "$("$build/examples/example_topic_queue_chaining" publish 25)" = "25 of 25 published" ] || return 1
    "$build/examples/example_topic_queue_chaining" subscribe shipping 25 >"$work/prices" || return 1
    [ "$(grep '^price ' "$work/prices" | sort -u | wc -l)" -eq 25 ] || { cat "$work/prices"; return 1; }
    [ "$(tail -n 1 "$work/prices")" = "25 acknowledged, 0 failed" ]
}
check "topic_queue_chaining: a subscriber that was down gets everything" chained

echo "counts: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
