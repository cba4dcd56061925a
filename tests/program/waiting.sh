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

# has_lines FILE COUNT
has_lines() { [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

# heeds_term PID: the process has got so far that it handles SIGTERM. Before its exec it is this shell, which does, too.
heeds_term() {
    local caught
    [ "$(readlink "/proc/$1/exe")" != "$(readlink "/proc/$$/exe")" ] || return 1
    caught=$(awk '/^SigCgt/{print substr($2, 9)}' "/proc/$1/status" 2>/dev/null)
    [ $((0x${caught:-0} & 0x4000)) -ne 0 ]
}
