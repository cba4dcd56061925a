#!/usr/bin/env bash
# The command bus by processes: a consumer whose handlers fail at random is killed with kill -9 and replaced. The
# database's effects, the outputs of the consumers and the broker's ledger tell whether anything was lost, done twice or
# out of order.
# usage: test_command_bus.sh BUILD_FOLDER
set -euo pipefail

build=$(realpath "$1")
sluice=$build/src/cli/sluice
worker=$build/tests/program/command_bus_worker
if [ ! -x "$worker" ]; then
    echo "skipped: the command bus by processes, as SQLite 3 was not found when this was built"
    echo "counts: 0 passed, 0 failed, 1 skipped"
    exit 0
fi
# shellcheck source=tests/program/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

accounts=1000
commands=${SLUICE_TEST_ACCOUNT_COMMANDS:-100} # of each account
killed_after=$((accounts * commands / 10)) # effects
poison=20         # of each of three kinds
small_accounts=200
small_commands=25
failing=0.01 # of the handlers, before and after their effect each

# ledger QUEUE MEMBER
ledger() {
    python3 -c 'import json, sys, urllib.request
queues = json.load(urllib.request.urlopen(sys.argv[1] + "/_sluice/ledger", timeout=30))["queues"]
print(queues[sys.argv[2]][sys.argv[3]])' "$AWS_ENDPOINT_URL" "$1" "$2"
}
ledger_is() { [ "$(ledger "$1" "$2")" = "$3" ]; }
# For wait_until: each question costs as much as a thousand commands.
ledger_says() { sleep 0.4; ledger_is "$@"; }
is_empty() {
    local member
    for member in visible in_flight delayed expired purged moved; do
        ledger_is "$1" $member 0 || { echo "$1, $member: $(ledger "$1" $member)"; return 1; }
    done
}

# start_consumer NAME QUEUE STORE SEED: sets consumer.
start_consumer() {
    "$worker" handle "$2" "$3" $failing "$4" >"$work/$1" 2>"$work/$1.err" &
    consumer=$!
    wait_until has_lines "$work/$1" 1 || { cat "$work/$1.err"; return 1; }
}
stop_consumer() {
    local status=0
    kill -TERM "$consumer"
    wait "$consumer" || status=$?
    [ $status -eq 0 ] || { echo "the consumer ended with status $status"; cat "$work/$1.err"; return 1; }
    tail -n 1 "$work/$1" | grep -q '^stopped: ' || { tail -n 3 "$work/$1"; return 1; }
}
# figure NAME WORD: of its last line.
figure() { tail -n 1 "$work/$1" | grep -oE "[0-9]+ $2" | cut -d ' ' -f 1; }

effects() { python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1], timeout=30).execute("SELECT count(*) FROM effects").fetchone()[0])' "$1"; }
has_effects() { sleep 0.2; [ -f "$1" ] && [ "$(effects "$1" 2>/dev/null || echo 0)" -ge "$2" ]; }

# Says what is wrong with the effects, if anything is: each command of each account once, in its order.
judge() {
    python3 -c 'import sqlite3, sys
file, accounts, commands = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
seen = {}
for account, number in sqlite3.connect(file).execute("SELECT account, number FROM effects ORDER BY position"):
    seen.setdefault(account, []).append(number)
wrong = [a for a, numbers in seen.items() if numbers != list(range(commands))]
if len(seen) != accounts: print(len(seen), "accounts have effects")
for account in wrong[:5]: print(account, seen[account])
sys.exit(1 if wrong or len(seen) != accounts else 0)' "$@"
}

exactly_once() {
    local queue=accounts.fifo file=$work/effects total=$((accounts * commands + 3 * poison)) began=$SECONDS
    "$worker" make $queue 10
    start_consumer first $queue "$file" 1 || return 1
    "$worker" send $queue $accounts $commands $poison >"$work/sent" 2>"$work/sent.err" &
    local sender=$!
    wait_until has_effects "$file" $killed_after || return 1
    kill -9 "$consumer"
    wait "$consumer" 2>/dev/null || true
    local before
    before=$(effects "$file")
    [ "$before" -lt $((accounts * commands)) ] || { echo "it was killed too late: $before effects"; return 1; }
    start_consumer second $queue "$file" 2 || return 1
    wait "$sender" || { cat "$work/sent.err"; return 1; }
    wait_until ledger_says $queue deleted $total || { echo "deleted: $(ledger $queue deleted) of $total"; return 1; }
    stop_consumer second || return 1

    ledger_is $queue entered $total || { echo "entered: $(ledger $queue entered)"; return 1; }
    is_empty $queue || return 1
    judge "$file" $accounts $commands || return 1
    # Each kind of poison with its reason.
    ledger_is accounts-dlq.fifo entered $((3 * poison)) || { echo "dead letters: $(ledger accounts-dlq.fifo entered)"; return 1; }
    "$worker" letters accounts-dlq.fifo >"$work/letters"
    local kind
    for kind in '^unknown-command\|account.guess\|unknown-command: nobody handles account.guess\|$' \
        '^undecodable\|account.add\|undecodable: the payload of account.add: .*parse error.*\|$' \
        '^failed\|account.add\|failed: given up after [0-9]+ attempts here and [0-9]+ receives: no such account\|$'; do
        [ "$(grep -cE "$kind" "$work/letters")" -eq $poison ] || { echo "no $poison letters with $kind"; sort "$work/letters" | uniq -c; return 1; }
    done
    echo "command bus: $((accounts * commands)) commands over $accounts aggregates, consumer killed with kill -9 after $before effects: each once and in order; $(figure second failures) failures and $(figure second known) redeliveries that the database knew after the kill; $((3 * poison)) poison commands in the dead-letter queue with their reasons; $((SECONDS - began)) s"
}

# The same with a memory that dies with its process: at least once.
in_memory() {
    local queue=small.fifo total=$((small_accounts * small_commands))
    "$worker" make $queue 5
    start_consumer third $queue memory 3 || return 1
    "$worker" send $queue $small_accounts $small_commands 0 >"$work/sent" || return 1
    wait_until has_lines "$work/third" $((total / 3)) || return 1
    kill -9 "$consumer"
    wait "$consumer" 2>/dev/null || true
    start_consumer fourth $queue memory 4 || return 1
    wait_until ledger_says $queue deleted $total || { echo "deleted: $(ledger $queue deleted) of $total"; return 1; }
    stop_consumer fourth || return 1
    is_empty $queue || return 1
    local one
    for one in third fourth; do grep -aoE '^account-[0-9]+\.[0-9]+ handled$' "$work/$one" | sort >"$work/$one.handled"; done
    local all
    all=$(sort -u "$work/third.handled" "$work/fourth.handled" | wc -l)
    [ "$all" -eq $total ] || { echo "handled: $all of $total"; return 1; }
    # By both: what the first one had handled and not deleted. By one alone: handlers that failed after their effect.
    local both failed_after
    both=$(comm -12 <(uniq "$work/third.handled") <(uniq "$work/fourth.handled") | wc -l)
    failed_after=$(($(uniq -d "$work/third.handled" | wc -l) + $(uniq -d "$work/fourth.handled" | wc -l)))
    [ "$both" -le 1200 ] || { echo "$both were handled by both"; return 1; } # what a reader may have in flight
    echo "command bus: $total commands with deduplication in memory, consumer killed with kill -9: each at least once, $both handled again after the kill, $failed_after after a failure behind the effect"
}

start_broker --port 0 --no-verify
check "commands: exactly once with id and effect in one transaction, in order, and nothing is lost" exactly_once
check "commands: at least once with deduplication in memory" in_memory

finish
