# shellcheck shell=bash
# How tests wait for other processes.

# wait_until COMMAND...: for at most two minutes.
wait_until() {
    for _ in $(seq 1 2400); do
        if "$@"; then return 0; fi
        sleep 0.05
    done
    echo "not within two minutes: $*"
    return 1
}

# heeds_term PID: the process has got so far that it handles SIGTERM.
heeds_term() {
    local caught
    caught=$(awk '/^SigCgt/{print substr($2, 9)}' "/proc/$1/status" 2>/dev/null)
    [ $((0x${caught:-0} & 0x4000)) -ne 0 ]
}
