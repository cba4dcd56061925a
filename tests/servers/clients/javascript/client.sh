# shellcheck shell=bash
# The AWS SDK for JavaScript v3 from npm.
javascript_home=$servers_dir/clients-javascript

install() {
    command -v npm >/dev/null || { why="npm is not installed"; return 1; }
    install_node || { why=$server_why; return 1; }
    cmp -s "$clients/javascript/package-lock.json" "$javascript_home/complete" && return 0
    rm -rf "$javascript_home"
    mkdir -p "$javascript_home"
    cp "$clients/javascript/package.json" "$clients/javascript/package-lock.json" "$javascript_home/"
    with_retries npm ci --silent --no-audit --no-fund --prefix "$javascript_home" ||
        { why="npm could not install the AWS SDK for JavaScript"; return 1; }
    cp "$clients/javascript/package-lock.json" "$javascript_home/complete"
}

scenario() { exec "$node" "$clients/javascript/scenario.mjs" "$javascript_home"; }
node=$(find_node)
export javascript_home clients node
