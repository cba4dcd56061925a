#!/usr/bin/env bash
# The same random operations against the embedded broker, moto and ElasticMQ; every difference is listed in
# differences.json, and through it in docs/local.md.
# usage: test_differential.sh PROGRAM [OPERATIONS [SEED]]
set -euo pipefail

sluice=$(realpath "$1")
operations=${2:-2000}
seed=${3:-1}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../program/processes.sh"
. "$here/../servers.sh"

end_all() {
    stop_servers
    clean_up
}
trap end_all EXIT

check "docs/local.md shows the differences as they are listed" python3 "$here/table.py" --check

# A server of its own for each: queues that other tests left would be listed.
servers=()
for name in moto elasticmq; do
    if start_server "$name"; then servers+=("$name=$server_endpoint"); else skip "differential run against $name: $server_why"; fi
done
if [ ! -x "$servers_dir/moto-$moto_version/bin/python" ] || [ ${#servers[@]} -eq 0 ]; then
    skip "differential run: it needs boto3 of moto's virtual environment and one of the servers"
    finish
    exit
fi

start_broker --port 0
unset AWS_ENDPOINT_URL
status=0
"$servers_dir/moto-$moto_version/bin/python" "$here/run.py" --seed "$seed" --operations "$operations" \
    "ours=$broker" "${servers[@]}" | tee "$work/differential.out" || status=$?
check "every difference is listed" [ "$status" -eq 0 ]
check "the sequence was run" grep -q "^differential: $operations operations" "$work/differential.out"
finish
