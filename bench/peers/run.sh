#!/usr/bin/env bash
# The CPU time that other clients need for a message, one JSON line each. README.md says what they do.
#
#   bench/peers/run.sh ENDPOINT QUEUE_URL MESSAGES IN_FLIGHT BODY [NAME...]
#   bench/peers/run.sh sign BODY        what a signature of botocore costs, without a service
#
# NAME: boto3, javascript, go, rust, java; all of them, unless some are named. What cannot be installed is skipped by
# name, but is an error if it was named. Keys and region come from the environment; else test, test, us-east-1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ "${1:-}" = sign ] && [ $# -eq 2 ]; then
    sign_body=$2
    set --
elif [ $# -ge 5 ]; then
    options=(--endpoint "$1" --queue-url "$2" --messages "$3" --in-flight "$4" --body "$5")
    shift 5
else
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
fi

# shellcheck source=tests/servers/servers.sh
. tests/servers/servers.sh

all=(boto3 javascript go rust java)
peers=$PWD/bench/peers
# The conformance checks' own installation is used, at this place and from these sources.
pinned=$PWD/tests/servers/clients
servers_dir=$PWD/build/peers
clients=$servers_dir/sources

export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-test} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-test}
export AWS_REGION=${AWS_REGION:-us-east-1} AWS_EC2_METADATA_DISABLED=true
# boto3 knows only the older name.
export AWS_DEFAULT_REGION=$AWS_REGION

say() { echo "peers: $*" >&2; }

# gather NAME FILE...: what `install` builds from. With their times, so that it sees what is newer than its product.
gather() {
    local name=$1
    shift
    mkdir -p "$clients/$name"
    cp -rp "$@" "$clients/$name/"
}

# The checks' build is for debugging.
install_rust() {
    command -v cargo >/dev/null || { why="there is no cargo"; return 1; }
    with_retries env CARGO_TARGET_DIR="$servers_dir/rust" \
        cargo build --quiet --release --locked --manifest-path "$peers/rust/Cargo.toml" ||
        { why="cargo could not build it"; return 1; }
}

# install_peer NAME: sets `why` when it cannot be done.
install_peer() {
    [ "$1" != rust ] || { install_rust; return; }
    case $1 in
        boto3) gather boto3 "$pinned/boto3/requirements.txt" ;;
        javascript) gather javascript "$pinned/javascript/package.json" "$pinned/javascript/package-lock.json" ;;
        go) gather go "$pinned/go/go.mod" "$pinned/go/go.sum" "$peers/go/main.go" ;;
        java) gather java "$peers/java/pom.xml" "$peers/java/src" ;;
    esac
    # shellcheck disable=SC1090
    . "$pinned/$1/client.sh"
    install
}

run_peer() {
    case $1 in
        boto3) "${python_home:?}/bin/python" "$peers/boto3/peer.py" "${options[@]}" ;;
        # Node looks for packages beside the program.
        javascript) cp "$peers/javascript/peer.mjs" "${javascript_home:?}/" && "${node:?}" --no-warnings "$javascript_home/peer.mjs" "${options[@]}" ;;
        go) "${go_program:?}" "${options[@]}" ;;
        rust) "$servers_dir/rust/release/sluice-peer-rust" "${options[@]}" ;;
        java) java -cp "${java_home:?}/target/classes:$java_home/target/lib/*" Peer "${options[@]}" ;;
    esac
}

for name in "$@"; do
    [[ " ${all[*]} " = *" $name "* ]] || { say "there is no $name"; exit 2; }
done

mkdir -p "$servers_dir"
if [ -n "${sign_body:-}" ]; then
    install_peer boto3 >"$servers_dir/boto3.log" 2>&1 || { say "boto3 cannot be installed; see $servers_dir/boto3.log"; exit 1; }
    exec "${python_home:?}/bin/python" "$peers/boto3/sign.py" "$sign_body"
fi
status=0
ready=()
for name in "${@:-${all[@]}}"; do
    why=
    if install_peer "$name" >"$servers_dir/$name.log" 2>&1; then ready+=("$name"); continue; fi
    say "skipped $name: ${why:-it cannot be installed}; see $servers_dir/$name.log"
    [ $# -eq 0 ] || status=1
done
for name in ${ready[@]+"${ready[@]}"}; do
    run_peer "$name" || { say "$name failed"; status=1; }
done
exit "$status"
