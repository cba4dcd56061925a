# shellcheck shell=bash
# What the tests with processes of their own share: sourced after `sluice` was set to the program.

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

# wait_until COMMAND...: for at most two minutes.
wait_until() {
    for _ in $(seq 1 2400); do
        if "$@"; then return 0; fi
        sleep 0.05
    done
    echo "not within two minutes: $*"
    return 1
}

has_lines() { [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

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

# heeds_term PID: the process has got so far that it handles SIGTERM.
heeds_term() {
    local caught
    caught=$(awk '/^SigCgt/{print substr($2, 9)}' "/proc/$1/status" 2>/dev/null)
    [ $((0x${caught:-0} & 0x4000)) -ne 0 ]
}
