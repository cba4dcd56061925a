#!/usr/bin/env bash
# `sluice local` over https, with a certificate that it makes and with one that is given.
# usage: test_local_tls.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
# shellcheck source=tests/program/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

# fails_with STATUS TEXT OPTIONS_OF_SLUICE_LOCAL...: exit status, and the text on stderr.
fails_with() {
    local status=0 wanted=$1 text=$2
    shift 2
    timeout 60 "$sluice" local --port 0 "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq "$wanted" ] || { echo "exit status $status, not $wanted: $*"; cat "$work/err"; return 1; }
    [ ! -s "$work/out" ] || { echo "it wrote to stdout: $*"; return 1; }
    grep -qF -- "$text" "$work/err" || { echo "no \"$text\" in: $(cat "$work/err")"; return 1; }
}

# through QUEUE: three lines go in and come out.
through() {
    seq 1 3 | "$sluice" write "$1" 2>"$work/err" || { cat "$work/err"; return 1; }
    [ "$("$sluice" read "$1" --count 3 2>"$work/err" | sort | tr '\n' ' ')" = "1 2 3 " ] || { cat "$work/err"; return 1; }
}
make_queue() {
    printf '{"topic":{"name":"t-%s"},"queues":[{"name":"%s"}]}' "$1" "$1" | "$sluice" chain apply - >/dev/null
}

export XDG_RUNTIME_DIR=$work/run
mkdir "$XDG_RUNTIME_DIR"

made() {
    start_broker --port 0 --tls --tls-name broker.test || return 1
    local port=${broker##*:} file
    file=$XDG_RUNTIME_DIR/sluice-local-$port.pem
    case $broker in https://127.0.0.1:*) ;; *) echo "$broker"; return 1 ;; esac
    grep -qx "export AWS_CA_BUNDLE=$file" "$work/broker.out" || { cat "$work/broker.out"; return 1; }
    grep -qx "export NODE_EXTRA_CA_CERTS=$file" "$work/broker.out" || return 1
    # The lines as they are pasted are all that a client needs.
    (
        set -e
        # shellcheck disable=SC1091
        . "$work/broker.out"
        make_queue made
        through made
    ) || return 1
    # Without trust there is no way in, and the broker says why.
    local status=0
    "$sluice" read made --count 1 >"$work/out" 2>"$work/err" || status=$?
    [ $status -ne 0 ] && grep -q certificate "$work/err" || { cat "$work/err"; return 1; }
    wait_until grep -q 'AWS_CA_BUNDLE' "$work/broker.err" || return 1
    python3 - "$port" "$file" <<'PYTHON' || return 1
import socket, ssl, sys
port, file = int(sys.argv[1]), sys.argv[2]
trust = ssl.create_default_context(cafile=file)
trust.verify_flags |= ssl.VERIFY_X509_STRICT # the default from Python 3.13 on
for name in ("localhost", "127.0.0.1", "sqs.us-east-1.localhost", "broker.test"):
    trust.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30), server_hostname=name).close()
try:
    trust.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30), server_hostname="other.test")
    sys.exit("other.test was taken")
except ssl.SSLCertVerificationError:
    pass
PYTHON
    kill -TERM "$broker_pid"
    wait "$broker_pid" || return 1
    [ ! -e "$file" ] || { echo "$file is left over"; return 1; }
}
check "a certificate is made, trusted by the lines that are printed, and removed" made

json_start() {
    "$sluice" local --port 0 --tls --tls-ca-file "$work/named here.pem" --output json >"$work/broker.json" 2>"$work/broker.err" &
    local pid=$!
    wait_until has_lines "$work/broker.json" 1 || return 1
    python3 -c 'import json, sys
started = json.load(open(sys.argv[1]))
assert started["ca_bundle"] == sys.argv[2], started
assert started["endpoint_url"].startswith("https://"), started
assert open(sys.argv[2]).read().startswith("-----BEGIN CERTIFICATE-----"), started' \
        "$work/broker.json" "$work/named here.pem" || return 1
    # What somebody else wrote there meanwhile is not ours to remove.
    echo other >"$work/named here.pem"
    kill -TERM $pid
    wait $pid || return 1
    [ "$(cat "$work/named here.pem")" = other ]
}
check "--tls-ca-file and the JSON line" json_start

link_is_replaced() {
    echo precious >"$work/precious"
    ln -s "$work/precious" "$work/link.pem"
    "$sluice" local --port 0 --tls --tls-ca-file "$work/link.pem" >"$work/link.out" 2>"$work/link.err" &
    local pid=$!
    wait_until has_lines "$work/link.out" 1 || return 1
    [ "$(cat "$work/precious")" = precious ] || return 1
    [ ! -L "$work/link.pem" ] || return 1
    kill -TERM $pid
    wait $pid
}
check "a link in the place of the file is not followed" link_is_replaced

given() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=given -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/err" || { cat "$work/err"; return 1; }
    start_broker --port 0 --tls-cert "$work/cert.pem" --tls-key "$work/key.pem" || return 1
    ! grep -q CA_BUNDLE "$work/broker.out" || return 1
    (
        export AWS_CA_BUNDLE=$work/cert.pem
        make_queue given && through given
    ) || return 1
    kill -TERM "$broker_pid"
    wait "$broker_pid"
}
other_key() {
    openssl ecparam -genkey -name prime256v1 -noout -out "$work/other.pem" || return 1
    fails_with 2 "does not belong to the certificate" --tls-cert "$work/cert.pem" --tls-key "$work/other.pem"
}
encrypted_key() {
    openssl ec -in "$work/other.pem" -aes256 -passout pass:secret -out "$work/locked.pem" 2>/dev/null || return 1
    fails_with 2 "without a passphrase" --tls-cert "$work/cert.pem" --tls-key "$work/locked.pem"
}
if command -v openssl >/dev/null; then
    check "a certificate that is given" given
    check "the key of another certificate" other_key
    check "an encrypted key is refused, not asked about" encrypted_key
else
    skip "a certificate that is given: no openssl"
fi

check "a file that is not there" fails_with 1 "cannot read $work/none.pem: No such file" --tls-cert "$work/none.pem" --tls-key "$work/none.pem"
check "a directory that is not there" fails_with 1 "choose another --tls-ca-file" --tls --tls-ca-file "$work/none/x.pem"
check "a name that is none" fails_with 2 "is no host name or IP address" --tls --tls-name "two words"
check "a certificate without its key" fails_with 2 "--tls-key" --tls-cert "$work/cert.pem"
check "one made and one given" fails_with 2 "--tls" --tls --tls-cert "$work/cert.pem" --tls-key "$work/key.pem"

finish
