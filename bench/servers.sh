# shellcheck shell=bash
# `./run bench servers`: sourced by `run`. SendMessageBatch requests that the embedded broker, and the servers that we did
# not write, answer for each second of their CPU time, beside nginx with a canned reply of the same size.

. tests/servers/servers.sh

# The worker's own process: the master does nothing.
run_nginx() {
    local folder=$1 port=$2 bytes=$3 body
    body=$(head -c "$bytes" /dev/zero | tr '\0' 'x')
    mkdir -p "$folder"
    cat >"$folder/nginx.conf" <<CONF
daemon off;
master_process off;
worker_processes 1;
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    server {
        listen 127.0.0.1:$port;
        client_body_buffer_size 64k;
        location / { default_type application/x-amz-json-1.0; return 200 "$body"; }
    }
}
CONF
    PATH="$PATH:/usr/sbin" exec nginx -c "$folder/nginx.conf" -p "$folder"
}

bench_servers() {
    install_packages python3 python3-venv wrk nginx-light
    mkdir -p "$servers_dir"
    install_moto >"$servers_dir/moto.log" 2>&1 || die "botocore, which signs the requests, cannot be installed: ${server_why:-see $servers_dir/moto.log}"
    trap stop_servers EXIT
    local python="$servers_dir/moto-$moto_version/bin/python" name port protocol servers=() reply_bytes
    port=$(free_port)
    build/release/src/cli/sluice local --port "$port" >"$servers_dir/sluice.log" 2>&1 &
    server_pids+=("$!")
    servers+=("sluice=$!,http://127.0.0.1:$port")
    wait_for_port "$port" "$!" || die "the embedded broker did not start"
    for name in moto elasticmq fauxqs; do
        if start_server "$name"; then servers+=("$name=${server_pids[-1]},$server_endpoint"); else say "$name: left out, $server_why"; fi
    done
    echo "SendMessageBatch of 10 x 200 B, signed, one after another on 8 connections, on one core: requests for each second of the"
    echo "server's CPU time, the ratio to nginx with a canned reply of the same size, and the memory that is resident then:"
    for protocol in json query; do
        reply_bytes=$("$python" bench/server_throughput.py --rounds 0 --seconds 1 --protocol "$protocol" --json "${servers[0]}" |
            sed -n 's/.*"reply_bytes": \([0-9]*\).*/\1/p')
        [ -n "$reply_bytes" ] || die "the embedded broker did not answer by the protocol $protocol"
        port=$(free_port)
        (run_nginx "$servers_dir/nginx-$protocol" "$port" "$reply_bytes") >"$servers_dir/nginx.log" 2>&1 &
        server_pids+=("$!")
        wait_for_port "$port" "$!" || die "nginx did not start: see $servers_dir/nginx.log"
        "$python" bench/server_throughput.py --protocol "$protocol" "${servers[@]}" "nginx=$!,http://127.0.0.1:$port,canned"
    done
}
