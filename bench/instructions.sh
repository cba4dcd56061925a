# shellcheck shell=bash
# `./run bench instructions`: sourced by `run`. Instructions for each message, counted by callgrind; a message has 200 B
# and ten share a request. Counts hardly depend on what else the machine does; of its processor callgrind knows no SHA
# extensions, so `sign` is dearer here than it is.

# count_instructions PART TITLE
count_instructions() {
    local part=$1 title=$2 output messages collected
    output=$(mktemp)
    messages=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no --toggle-collect="$part" \
        --log-file="$output" build/release/bench/writer_instructions "$part") || { cat "$output" >&2; die "$part failed"; }
    collected=$(sed -nE 's/.*Collected : ([0-9]+).*/\1/p' "$output")
    rm -f "$output"
    [ "${collected:-0}" -gt 0 ] || die "callgrind counted nothing in $part"
    printf '  %-64s %8d\n' "$title" $((collected / messages))
}

bench_instructions() {
    install_packages valgrind
    echo "instructions of the client for a message:"
    count_instructions count_check "check: size, characters, attributes"
    count_instructions count_encode "encode, once for the message: form and MD5 sum"
    count_instructions count_batch "batch: its share of the request's body, each time it is sent"
    count_instructions count_sign "sign: its share of the signature"
    count_instructions count_channel "channel: co_await push, batches of ten, results handed out"
    count_instructions count_writer "writer.write, whole, to a transport that answers from memory"
    count_instructions count_writer_http "writer.write, whole, over HTTP to a service in another process"
}
