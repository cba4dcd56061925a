# shellcheck shell=bash
# The AWS SDK for Rust, by Cargo.lock.
rust_home=$servers_dir/clients-rust

install() {
    command -v cargo >/dev/null || { why="there is no cargo"; return 1; }
    up_to_date "$rust_home/debug/sluice-client-rust" "$clients/rust" && return 0
    with_retries env CARGO_TARGET_DIR="$rust_home" cargo build --quiet --locked -j 2 --manifest-path "$clients/rust/Cargo.toml" ||
        { why="cargo could not build the scenario with the AWS SDK for Rust"; return 1; }
}

scenario() { exec "$rust_home/debug/sluice-client-rust"; }
export rust_home
