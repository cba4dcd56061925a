#!/usr/bin/env bash
# The status page in a browser: it shows a broker at work, runs nothing that a message says, and asks for nothing elsewhere.
# usage: test_status_page.sh PATH_OF_SLUICE [FOLDER_FOR_SCREENSHOTS]
set -euo pipefail

sluice=$(realpath "$1")
screenshots=${2:-}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/program/processes.sh
. "$root/tests/program/processes.sh"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
    skip "status page: there is no chromium"
    finish
    exit
fi

# browse NAME PATH: what the browser makes of the page, and what it asked whom for.
browse() {
    local folder=$work/$1
    mkdir -p "$folder"
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --user-data-dir="$folder/profile" --log-net-log="$folder/net.json" \
        --window-size=1280,1500 ${screenshots:+--screenshot="$screenshots/$1.png"} --dump-dom "$broker$2" \
        >"$folder/dom" 2>"$folder/err" || { tail -n 20 "$folder/err"; return 1; }
}

# The addresses that were asked for, whether anybody answered or not, without those of the browser's maker: it asks there
# for updates and the like whatever page it shows.
asked() {
    grep -oE '"url":"[a-z]+://[^"]*"' "$work/$1/net.json" | sed -E 's/"url":"([^"]*)"/\1/' |
        grep -vE '^https?://[a-z0-9.-]+\.(google|googleapis|gstatic)\.com/' | sort -u
}

start_broker --port 0 --log-requests --config "$root/examples/broker.json"
attack="<script>document.title='pwned'</script><img src=\"http://outside.invalid/a.png\" onerror=\"document.title='pwned'\"/>"
printf '%s\n' "$attack" '{"order":1}' '{"order":2}' | "$sluice" write mail 2>/dev/null
printf '%s\n' "$attack" | "$sluice" write arn:aws:sns:us-east-1:000000000000:orders --attribute country=DE 2>/dev/null
curl -sS "$broker/" --data-urlencode "Action=$attack" >/dev/null # among the last errors
"$sluice" read nowhere --wait 0 >/dev/null 2>&1 || true
if [ -n "$screenshots" ]; then mkdir -p "$screenshots"; fi

shows_the_broker() {
    local name
    browse overview '/_sluice/?refresh=0' || return 1
    for name in orders news billing billing-dead audit mail mail-dead jobs.fifo eu-west-1 us-east-1 000000000000; do
        grep -qF ">$name<" "$work/overview/dom" || grep -qF "$name" "$work/overview/dom" || { echo "no $name"; cat "$work/overview/dom"; return 1; }
    done
    grep -qF '&lt;script&gt;' "$work/overview/dom" && ! grep -qE '<(script|img)' "$work/overview/dom" || return 1
    grep -q 'AWS.SimpleQueueService.NonExistentQueue' "$work/overview/dom" || { echo "no error"; return 1; }
    grep -q '<title>sluice: http://127.0.0.1:' "$work/overview/dom" || { grep -o '<title>.*</title>' "$work/overview/dom"; return 1; }
}
check "it shows topics, queues, places and errors" shows_the_broker

shows_messages() {
    browse queue /_sluice/queue/us-east-1/000000000000/mail || return 1
    # As text, and the title is the page's own: nothing of it ran.
    grep -qF "&lt;script&gt;document.title='pwned'&lt;/script&gt;&lt;img src=" "$work/queue/dom" || { cat "$work/queue/dom"; return 1; }
    grep -qF '<title>mail · sluice</title>' "$work/queue/dom" || { grep -o '<title>.*</title>' "$work/queue/dom"; return 1; }
    ! grep -qE '<(script|img)' "$work/queue/dom" || return 1
    grep -qF '{"order":2}' "$work/queue/dom" || return 1
    [ "$(grep -o '<article>' "$work/queue/dom" | wc -l)" -eq 3 ] || return 1
    # Looking was no receive.
    curl -sS "$broker/_sluice/status.json?find=mail" |
        python3 -c 'import json, sys; q = [q for p in json.load(sys.stdin)["places"] for q in p["queues"] if q["name"] == "mail"][0]; sys.exit(0 if (q["visible"], q["in_flight"]) == (3, 0) else 1)'
}
check "it shows messages as they are, and runs nothing of them" shows_messages

asks_nobody_else() {
    local page
    for page in overview queue; do
        grep -qF "$broker/_sluice/" <(asked $page) || { echo "its requests are not in the log"; return 1; }
        ! asked $page | grep -vE "^($broker/(_sluice/.*)?$|chrome|data:|blob:|about:)" || { echo "asked for by $page"; return 1; }
    done
    # The broker was asked for the two pages, and for no image, style or icon beside them.
    [ "$(grep -c ' admin.GET ' "$work/broker.err")" -eq 3 ] || { grep ' admin.GET ' "$work/broker.err"; return 1; }
    ! grep -q favicon "$work/broker.err"
}
check "it asks nobody else for anything" asks_nobody_else

finish
