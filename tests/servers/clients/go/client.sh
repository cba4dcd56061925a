# shellcheck shell=bash
# The AWS SDK for Go v2, by the modules of go.mod.
go_program=$servers_dir/clients-go

install() {
    command -v go >/dev/null || { why="there is no go"; return 1; }
    up_to_date "$go_program" "$clients/go" && return 0
    (cd "$clients/go" && with_retries env GOTOOLCHAIN=local GOFLAGS=-mod=readonly go build -p 2 -o "$go_program" .) ||
        { why="go could not build the scenario with the AWS SDK for Go v2"; return 1; }
}

scenario() {
    CLIENT_VERSION=$(sed -n 's,.*aws-sdk-go-v2/service/sqs v,,p' "$clients/go/go.mod") exec "$go_program"
}
export go_program clients
