# shellcheck shell=bash
# What the tests with processes of their own share: sourced after `sluice` was set to the program.

# shellcheck source=tests/program/waiting.sh
. "$(dirname "${BASH_SOURCE[0]}")/waiting.sh"

work=$(mktemp -d)
passed=0
failed=0
skipped=0

clean_up() {
    exec 2>/dev/null # the shell tells of every job that is killed
    jobs -p | xargs -r kill -9 || true
    wait || true
    rm -rf "$work"
}
trap clean_up EXIT

check() {
    local what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what"; fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1"
}

unset AWS_ENDPOINT_URL_SQS AWS_ENDPOINT_URL_SNS AWS_CA_BUNDLE AWS_SESSION_TOKEN AWS_DEFAULT_REGION AWS_PROFILE
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

# start_broker OPTIONS_OF_SLUICE_LOCAL...: sets broker, broker_pid and AWS_ENDPOINT_URL.
start_broker() {
    : >"$work/broker.out"
    "$sluice" local "$@" >"$work/broker.out" 2>"$work/broker.err" &
    broker_pid=$!
    wait_until grep -q '^export AWS_SECRET_ACCESS_KEY=' "$work/broker.out" || { cat "$work/broker.err"; return 1; }
    broker=$(sed -n 's/^export AWS_ENDPOINT_URL=//p' "$work/broker.out")
    export AWS_ENDPOINT_URL=$broker
}

finish() {
    echo "counts: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
