#!/usr/bin/env bash
# `sluice local --data`: what survives, also many a `kill -9` under load, and what is said when nothing can be stored.
# usage: test_data.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=tests/program/processes.sh
. "$here/processes.sh"

if grep -q 'built without SQLite' <<<"$("$sluice" local --data "$work/none" --address 0.0.0.256 2>&1)"; then
    skip "sluice local --data, as SQLite 3 was not found when this was built"
    finish
    exit
fi

# stop_broker: orderly; what it said is in broker.err.
stop_broker() {
    kill -TERM "$broker_pid"
    wait "$broker_pid"
}

# fails_with STATUS TEXT COMMAND...
fails_with() {
    local wanted=$1 text=$2 status=0
    shift 2
    timeout 60 "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$wanted" ] && grep -q -- "$text" "$work/err" || { echo "status $status, expected $wanted and \"$text\":"; cat "$work/err"; return 1; }
}

comes_back() {
    local data=$work/deep/er/data
    start_broker --port 0 --data "$data" || return 1
    grep -q "; 0 queues with 0 messages came back from $data$" "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    [ "$(stat -c '%a ' "$data" "$data"/sluice.db* | tr -d '\n')" = "700 600 600 " ] || { ls -l "$data"; return 1; }
    "$sluice" chain topic one two >/dev/null || return 1
    seq 1 20 | "$sluice" write "$("$sluice" chain topic one two | awk '$1 == "topic" { print $2 }')" 2>/dev/null || return 1
    "$sluice" read one --count 5 >"$work/read" 2>/dev/null || return 1
    stop_broker || return 1
    grep -q "^sluice: stopped with 35 messages in the queues; they are kept in $data$" "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    start_broker --port 0 --data "$data" --data-fsync || return 1
    grep -q "; 2 queues with 35 messages came back from $data$" "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    echo 21 | "$sluice" write one 2>/dev/null || return 1
    "$sluice" read one --wait 1 2>/dev/null >>"$work/read" || return 1
    [ "$(sort -n "$work/read" | tr '\n' ' ')" = "$(seq 1 21 | tr '\n' ' ')" ] || { cat "$work/read"; return 1; }
    # Two at once would each lose what the other has.
    fails_with 1 "^sluice: --data: $data is in use by another sluice local, process $broker_pid$" "$sluice" local --port 0 --data "$data" || return 1
    stop_broker || return 1
    [ "$(find "$data" -type f | wc -l)" -eq 2 ] || { ls "$data"; return 1; } # the database and the lock
}

# Each of these directories is refused, with its name and the reason, before anything listens.
refused_directories() {
    local data=$work/refused
    mkdir "$data"
    echo "this is no database, but it is long enough to be looked at as if it were one" >"$data/sluice.db"
    fails_with 1 "^sluice: --data: $data/sluice.db: file is not a database" "$sluice" local --port 0 --data "$data" || return 1
    rm "$data"/*
    python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("CREATE TABLE theirs (a)")' "$data/sluice.db"
    fails_with 1 "$data/sluice.db is a database of another program$" "$sluice" local --port 0 --data "$data" || return 1
    fails_with 1 "$data/sluice.db is not a directory$" "$sluice" local --port 0 --data "$data/sluice.db" || return 1
    fails_with 1 "^sluice: --data: /proc/none: " "$sluice" local --port 0 --data /proc/none || return 1
    fails_with 2 "--data-fsync requires --data" "$sluice" local --data-fsync
}

damaged_record() {
    local data=$work/damaged
    start_broker --port 0 --data "$data" || return 1
    "$sluice" chain topic hurt >/dev/null && echo body | "$sluice" write hurt 2>/dev/null || return 1
    stop_broker || return 1
    python3 -c 'import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("UPDATE records SET value = zeroblob(length(value)) WHERE key LIKE ?", ["%/hurt/message/%"])
database.commit()' "$data/sluice.db"
    fails_with 1 '^sluice: --data: the record "sqs/us-east-1/000000000000/queue/hurt/message/0000000000000001" is damaged: its sum is wrong$' \
        "$sluice" local --port 0 --data "$data"
}

# A limit of file sizes stands for a disk that is full: it needs no rights. Clients hear of it, reads go on, and when there
# is room again so do writes.
full_disk() {
    local data=$work/limited status=0
    ( trap '' XFSZ; exec "$sluice" local --port 0 --data "$data" ) >"$work/broker.out" 2>"$work/broker.err" &
    broker_pid=$!
    wait_until grep -q '^export AWS_SECRET_ACCESS_KEY=' "$work/broker.out" || return 1
    export AWS_ENDPOINT_URL
    AWS_ENDPOINT_URL=$(sed -n 's/^export AWS_ENDPOINT_URL=//p' "$work/broker.out")
    "$sluice" chain topic full >/dev/null || return 1
    prlimit --pid "$broker_pid" --fsize=400000:unlimited || return 1
    seq 1 1500 | sed 's/$/ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/' |
        timeout 100 "$sluice" write full --receipts >"$work/receipts" 2>"$work/err" || status=$?
    [ $status -eq 1 ] && grep -q 'could not store\|cannot store' "$work/err" || { head "$work/err"; return 1; }
    grep -q "^storage: $data/sluice.db: .*(File too large); calls that change something are answered with an error" "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    "$sluice" stats full >"$work/stats" 2>&1 || { cat "$work/stats"; return 1; }
    prlimit --pid "$broker_pid" --fsize=unlimited:unlimited || return 1
    echo after | "$sluice" write full 2>"$work/err" || { cat "$work/err"; return 1; }
    grep -q '^storage: it can be written again after ' "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    kill -9 "$broker_pid"
    wait "$broker_pid" 2>/dev/null || true
    start_broker --port 0 --data "$data" || return 1
    "$sluice" read full --wait 1 2>/dev/null | sed 's/ x*$//' | sort -u >"$work/read" || return 1
    cut -f 1 "$work/receipts" | sed 's/ x*$//' | sort -u >"$work/accepted"
    [ -z "$(comm -23 "$work/accepted" "$work/read")" ] || { echo "accepted, but not there: $(comm -23 "$work/accepted" "$work/read" | head -3)"; return 1; }
    grep -qx after "$work/read" || return 1
    stop_broker || return 1
    echo "data: a disk that was full after $(wc -l <"$work/accepted") messages: errors, reads went on, and so did writes when there was room"
}

# It says what is kept, and that not all is.
stopped_when_full() {
    local data=$work/stopped status=0 kept
    ( trap '' XFSZ; exec "$sluice" local --port 0 --data "$data" ) >"$work/broker.out" 2>"$work/broker.err" &
    broker_pid=$!
    wait_until grep -q '^export AWS_SECRET_ACCESS_KEY=' "$work/broker.out" || return 1
    AWS_ENDPOINT_URL=$(sed -n 's/^export AWS_ENDPOINT_URL=//p' "$work/broker.out")
    "$sluice" chain topic full >/dev/null || return 1
    prlimit --pid "$broker_pid" --fsize=200000:unlimited || return 1
    seq 1 3000 | timeout 100 "$sluice" write full --receipts >"$work/receipts" 2>"$work/err" || status=$?
    [ $status -eq 1 ] || { head "$work/err"; return 1; }
    status=0
    stop_broker || status=$?
    [ $status -eq 1 ] && grep -q "^sluice: stopped while $data could not be written: " "$work/broker.err" || { echo "status $status"; cat "$work/broker.err"; return 1; }
    start_broker --port 0 --data "$data" || return 1
    kept=$("$sluice" read full --wait 1 2>/dev/null | sort -u | wc -l)
    [ "$kept" -ge "$(wc -l <"$work/receipts")" ] || { echo "$(wc -l <"$work/receipts") were accepted, $kept are there"; return 1; }
    stop_broker
}

# The same with a small disk of its own, which takes the right to mount one.
small_disk() {
    local disk=$work/disk status=0
    mkdir "$disk"
    mount -t tmpfs -o size=2m sluice-test "$disk" 2>/dev/null || { skip "a disk of 2 MB that is full, as no tmpfs can be mounted here"; return 0; }
    on_small_disk || status=$?
    [ $status -eq 0 ] || cat "$work/broker.err"
    kill -9 "$broker_pid" 2>/dev/null || true
    wait "$broker_pid" 2>/dev/null || true
    umount "$disk"
    return $status
}
on_small_disk() {
    start_broker --port 0 --data "$disk/data" || return 1
    "$sluice" chain topic small >/dev/null || return 1
    head -c 1300000 /dev/zero >"$disk/ballast"
    head -c 600000 /dev/zero >"$disk/more" 2>/dev/null || true
    local status=0
    seq 1 1500 | timeout 100 "$sluice" write small 2>"$work/err" >/dev/null || status=$?
    [ $status -eq 1 ] && grep -q 'could not store\|cannot store' "$work/err" || { head "$work/err"; return 1; }
    grep -q '^storage: .*sluice.db: database or disk is full' "$work/broker.err" || return 1
    rm "$disk/ballast" "$disk/more"
    echo after | "$sluice" write small 2>"$work/err" || { cat "$work/err"; return 1; }
    stop_broker || return 1
    mount -o remount,ro "$disk" || return 1
    fails_with 1 '^sluice: --data: .*\(Read-only file system\|readonly database\)' "$sluice" local --port 0 --data "$disk/data"
}

check "queues and messages come back" comes_back
check "a directory that cannot be used" refused_directories
check "a damaged record" damaged_record
check "a full disk" full_disk
check "stopped while the disk is full" stopped_when_full
check "a small disk" small_disk
check "50 times kill -9 under load" timeout 300 python3 "$here/kill_under_load.py" "$sluice" "$work/killed" 50

finish
