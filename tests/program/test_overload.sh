#!/usr/bin/env bash
# More clients than are good, from processes of their own: the broker's memory stays bounded and others are served.
# usage: test_overload.sh PATH_OF_SLUICE
set -euo pipefail

sluice=$(realpath "$1")
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/program/processes.sh
. "$here/processes.sh"

for scheme in http https; do
    check "ten thousand slow clients over $scheme" timeout 300 python3 "$here/overload.py" "$sluice" "$scheme"
done

finish
