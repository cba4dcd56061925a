#!/usr/bin/env bash
# `sluice local` as people meet it: what it prints when it starts, how fast, its log of requests, its configuration file.
# usage: test_local.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/program/processes.sh
. "$root/tests/program/processes.sh"

# get PATH [HEADER]: from the broker.
get() { curl -sS --max-time 30 ${2:+-H "$2"} "$broker$1"; }

# The status as JSON, through a line of Python.
status_says() { get /_sluice/status.json | python3 -c "import json, sys; s = json.load(sys.stdin); sys.exit(0 if ($1) else 1)"; }

stop_broker() {
    kill "$broker_pid"
    wait "$broker_pid"
}

# --- the start -------------------------------------------------------------------------------------------------------

start_broker --port 0
prints_exports() {
    local name
    for name in AWS_ENDPOINT_URL AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
        grep -qE "^export $name=[^ ]+$" "$work/broker.out" || { echo "no $name"; cat "$work/broker.out"; return 1; }
    done
    [ "$(wc -l <"$work/broker.out")" -eq 5 ] || return 1
    grep -qx "sluice: status page $broker/_sluice/" "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    # What a shell makes of them is enough for a client.
    (unset AWS_ENDPOINT_URL AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; eval "$(cat "$work/broker.out")"
        "$sluice" chain hello greetings >/dev/null)
    status_says 's["topic_count"] == 1 and s["queue_count"] == 1 and s["failures"] >= 0'
}
check "it prints what a shell may evaluate, and where the page is" prints_exports
check "it ends with status 0 when it is told to" stop_broker

prints_json() {
    local pid status=0
    "$sluice" local --port 0 --region us-east-1 --region eu-west-1 --output json >"$work/json" 2>"$work/json.err" &
    pid=$!
    wait_until has_lines "$work/json" 1 || return 1
    kill $pid
    wait $pid || return 1
    python3 - "$work/json" <<'PY' || { cat "$work/json"; return 1; }
import json, sys
lines = open(sys.argv[1]).read().splitlines()
said = json.loads(lines[0])
assert len(lines) == 1
assert said["status_page"] == said["endpoint_url"] + "/_sluice/"
assert said["regions"] == ["us-east-1", "eu-west-1"] and said["region"] == "us-east-1"
assert said["account_id"] == "000000000000" and said["verifies_signatures"] is True
assert said["access_key_id"] == "test" and said["secret_access_key"] == "test"
PY
    "$sluice" local --port 0 --no-admin --output json >"$work/json" 2>"$work/json.err" &
    pid=$!
    wait_until has_lines "$work/json" 1 || return 1
    kill $pid
    wait $pid || status=$?
    grep -q '"status_page":null' "$work/json" && ! grep -q 'status page' "$work/json.err" && [ $status -eq 0 ]
}
check "the same as JSON; without the admin path there is no page" prints_json

# From exec to the first answered request, with the port polled without a pause.
starts_fast() {
    python3 - "$sluice" <<'PY'
import http.client, socket, statistics, subprocess, sys, time
taken = []
for _ in range(11):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    broker = subprocess.Popen([sys.argv[1], "local", "--port", str(port)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    while True:
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            client.request("GET", "/_sluice/status.json")
            assert client.getresponse().status == 200
            break
        except ConnectionRefusedError:
            assert broker.poll() is None and time.monotonic() - began < 60
    taken.append((time.monotonic() - began) * 1000)
    broker.terminate()
    assert broker.wait(60) == 0
print(f"local: {statistics.median(taken):.1f} ms from exec to the first answered request "
      f"({min(taken):.1f} to {max(taken):.1f}, {len(taken)} starts)")
PY
}
check "it starts" starts_fast

# --- the log of requests ---------------------------------------------------------------------------------------------

logs_requests() {
    start_broker --port 0 --log-requests
    "$sluice" chain orders billing >/dev/null
    printf 'one\ntwo\n' | "$sluice" write billing 2>/dev/null
    "$sluice" read nowhere --wait 0 >/dev/null 2>&1 && return 1
    get /_sluice/ledger >/dev/null
    get '/?Action=ListQueues' >/dev/null
    stop_broker || return 1
    grep -E '^[0-9]{4}-' "$work/broker.err" >"$work/requests"
    ! grep -q $'\x1b' "$work/broker.err" || { echo "colours in a file"; return 1; }
    # Ten columns, and then the message of the error.
    local shape='^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z 127\.0\.0\.1:[0-9]+ ([a-z]+\.)?[A-Za-z]+ [^ ]+ ([0-9]{3}|-) [^ ]+ [0-9a-f-]{36} [0-9]+ [0-9]+ [0-9]+\.[0-9]{3}( .*)?$'
    ! grep -vE "$shape" "$work/requests" || return 1
    grep -q ' sqs.CreateQueue billing 200 - ' "$work/requests" || { cat "$work/requests"; return 1; }
    grep -q ' sns.Subscribe orders 200 - ' "$work/requests" || return 1
    grep -q ' sqs.SendMessageBatch billing 200 - ' "$work/requests" || return 1
    grep -qE ' sqs.GetQueueUrl nowhere 400 AWS.SimpleQueueService.NonExistentQueue .* The specified queue does not exist' "$work/requests" || return 1
    grep -q ' admin.GET /_sluice/ledger 200 - ' "$work/requests" || return 1
    grep -q 'ListQueues .*403 MissingAuthenticationToken ' "$work/requests" || return 1
    start_broker --port 0 --log-requests --color always
    get /_sluice/ledger >/dev/null
    stop_broker || return 1
    grep -q $'\x1b\\[32m200' "$work/broker.err"
}
check "--log-requests tells each request in one line" logs_requests

# --- the configuration file ------------------------------------------------------------------------------------------

starts_with_config() {
    start_broker --port 0 --log-requests --config "$root/examples/broker.json"
    grep -qE 'broker.json: [0-9]+ created or changed, 0 left' "$work/broker.err" || { cat "$work/broker.err"; return 1; }
    ! grep -qE '^[0-9]{4}-' "$work/broker.err" || { echo "its own requests are logged"; return 1; }
    status_says 's["requests"] == 0 and not s["errors"]' || { echo "its own requests count"; return 1; }
    status_says '[p["region"] for p in s["places"]] == ["eu-west-1", "us-east-1"]' || return 1
    status_says 'sorted(q["name"] for q in s["places"][1]["queues"]) == ["audit", "billing", "billing-dead", "jobs.fifo", "mail", "mail-dead"]' || return 1
    status_says '[q["attributes"]["VisibilityTimeout"] for q in s["places"][1]["queues"] if q["name"] == "mail"] == ["60"]' || return 1
    status_says '[q["dead_letter_queue"]["max_receive_count"] for q in s["places"][1]["queues"] if q["name"] == "mail"] == [3]' || return 1
    status_says '[q["tags"] for q in s["places"][1]["queues"] if q["name"] == "mail"] == [{"team": "shop"}]' || return 1
    status_says '[(t["name"], len(t["subscriptions"])) for t in s["places"][1]["topics"]] == [("news", 0), ("orders", 2)]' || return 1
    status_says '[q["name"] for q in s["places"][0]["queues"]] == ["jobs.fifo"]' || return 1
    # Its chain is what `sluice chain` would make of the same text.
    python3 -c 'import json, sys; json.dump(json.load(open(sys.argv[1]))["chains"][0], open(sys.argv[2], "w"))' \
        "$root/examples/broker.json" "$work/chain.json"
    "$sluice" chain plan "$work/chain.json" >"$work/plan" || return 1
    ! grep -qv '^left' "$work/plan" || { cat "$work/plan"; return 1; }
    printf '{"id":1}\n' | "$sluice" write mail 2>/dev/null
    [ "$("$sluice" read mail --count 1 --wait 1 2>/dev/null)" = '{"id":1}' ] || return 1
    stop_broker
}
check "--config: everything is there before anybody can ask" starts_with_config

config_in_other_accounts() {
    printf '{"places":[{"account":"111122223333","region":"eu-west-1","queues":["theirs"]}]}' >"$work/places.json"
    start_broker --port 0 --key test:test --key you:secret:111122223333 --config "$work/places.json"
    status_says '[(p["region"], p["account"], p["queues"][0]["name"]) for p in s["places"]] == [("eu-west-1", "111122223333", "theirs")]' || return 1
    stop_broker || return 1
    refused 2 'places[0].account is "111122223333", to which no key belongs: add --key ID:SECRET:111122223333' "$work/places.json"
}

# refused STATUS TEXT FILE: one line that says why, and nothing else.
refused() {
    local status=0
    timeout 60 "$sluice" local --port 0 --config "$3" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$1" ] || { echo "exit status $status"; cat "$work/err"; return 1; }
    [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$2" "$work/err" || { cat "$work/out" "$work/err"; return 1; }
}
check "--config: other accounts and regions" config_in_other_accounts

refuses_bad_config() {
    local file=$work/bad.json
    printf '{"queues":[{"name":"a"},{"nam":"b"}]}' >"$file"
    refused 2 "$file: queues[1].nam is not known; the members here are name, " "$file" || return 1
    printf '{"queues":[{"name":"a","attributes":{"DelaySeconds":901}}]}' >"$file"
    refused 2 "$file: queues[0]: " "$file" || return 1
    grep -q 'DelaySeconds' "$work/err" && grep -q 901 "$work/err" || { cat "$work/err"; return 1; }
    printf '{"chains":[{"topic":"t","queues":["q.fifo"]}]}' >"$file"
    refused 2 "$file: chains[0]: " "$file" || return 1
    printf '{' >"$file"
    refused 2 "$file" "$file"
}
check "--config: what is wrong is said by file, place, value and rule" refuses_bad_config

finish
