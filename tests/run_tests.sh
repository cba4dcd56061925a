# shellcheck shell=bash
# `./run test`: sourced by `run`, whose functions it uses. Each test program prints `counts: P passed, F failed, S skipped`
# as its last word; a program that dies before that counts as one failure.

. tests/servers/servers.sh

total_passed=0
total_failed=0
total_skipped=0
failures= # said again at the end, where a log that was cut in the middle still has it

count() {
    total_passed=$((total_passed + $1))
    total_failed=$((total_failed + $2))
    total_skipped=$((total_skipped + $3))
}

# The lines that say what failed; of doctest's also what it had logged: the values and the case at hand.
what_failed() {
    awk '/^FAILED|ERROR:|SUMMARY: |error: /{print; logged = /ERROR:/; next} logged && /^ /{print; next} {logged = 0}'
}

# test_program TITLE COMMAND...: runs it, shows what it has to say, adds its counts.
test_program() {
    local title=$1 output status=0 counts began=$SECONDS
    shift
    output=$(mktemp)
    printf '%s\n' "--- $title"
    "$@" >"$output" 2>&1 || status=$?
    counts=$(grep -E '^counts: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$output" | tail -n 1 || true)
    if [ -n "$counts" ]; then
        # shellcheck disable=SC2046
        count $(printf '%s\n' "$counts" | sed -E 's/counts: ([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped/\1 \2 \3/')
        grep -E '^(skipped:|sigv4 conformance|conformance:|faults:|cancelled at|queue model:|filter policies:|chain:|check:|crashes:|batch channel:|writer under faults:|reader under faults:|reader of a FIFO queue:|load levelling:|chaining:|command bus:|consumers:|redrive:|tail:|matrix:|overload:|webhooks:|data:|status page:|clients:|differential:)' "$output" || true
        printf '%s (%s s)\n' "$counts" $((SECONDS - began))
        case $counts in *' 0 failed,'*) [ $status -eq 0 ] || { count 0 1 0; echo "its exit status was $status"; } ;; esac
    elif [ $status -eq 0 ]; then
        count 1 0 0
    else
        count 0 1 0
    fi
    if [ $status -ne 0 ]; then
        echo "FAILED with exit status $status:"
        tail -n 80 "$output"
        failures+="--- $title: exit status $status"$'\n'
        failures+=$(what_failed <"$output" | cut -c 1-300 | sed -n 1,20p || true)$'\n'
    fi
    rm -f "$output"
}

# Starts those that can run here and tells the integration tests where they are.
start_servers() {
    local name
    printf '%s\n' "--- servers that we did not write"
    for name in moto fauxqs elasticmq; do
        if start_server "$name"; then
            export "SLUICE_TEST_${name^^}_ENDPOINT=$server_endpoint"
            echo "$name: runs at $server_endpoint"
        else
            echo "$name: skipped, $server_why"
        fi
    done
}

test_programs_of() {
    local preset=$1 servers=$2
    test_program "$preset: sigv4" "build/$preset/sigv4/tests/sigv4_tests"
    test_program "$preset: unit tests" "build/$preset/tests/unit/sluice_unit_tests"
    test_program "$preset: embedded broker" "build/$preset/tests/unit/local/sluice_local_tests"
    test_program "$preset: integration ($servers)" "build/$preset/tests/integration/sluice_integration_tests"
}

# test_release CONSUMERS: `quick`, `packages` or `all`.
test_release() {
    # The consumers build sluice again in other ways, of object files that are the same. Files that are compiled for the
    # first time must not become slower: no preprocessing for the cache's sake.
    if command -v ccache >/dev/null; then
        local -x CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
        local -x CCACHE_BASEDIR=${CCACHE_BASEDIR-$root} CCACHE_DEPEND=1
    fi
    build release all
    test_program "rules of the house" python3 tests/lint/lint.py
    test_programs_of release "embedded broker and the servers above"
    test_program "program" tests/program/test_program.sh build/release/src/cli/sluice
    test_program "commands" tests/program/test_cli.sh build/release/src/cli/sluice
    test_program "commands killed" tests/program/test_cli_processes.sh build/release/src/cli/sluice
    test_program "embedded broker for people" tests/program/test_local.sh build/release/src/cli/sluice
    test_program "status page in a browser" tests/program/test_status_page.sh build/release/src/cli/sluice
    test_program "commands on a terminal" python3 tests/program/terminal.py build/release/src/cli/sluice
    test_program "chains by processes" tests/program/test_chains.sh build/release/src/cli/sluice
    test_program "processes killed" tests/program/test_crashes.sh build/release/src/cli/sluice
    test_program "what --data keeps" tests/program/test_data.sh build/release/src/cli/sluice
    test_program "load levelling and chaining" tests/program/test_load_levelling.sh build/release
    test_program "command bus by processes" tests/program/test_command_bus.sh build/release
    test_program "broker over https" tests/program/test_local_tls.sh build/release/src/cli/sluice
    test_program "clients by the thousand" tests/program/test_overload.sh build/release/src/cli/sluice
    test_program "webhooks by others' means" tests/program/webhooks.py build/release/src/cli/sluice
    test_program "differential run" tests/servers/differential/test_differential.sh build/release/src/cli/sluice 2000
    test_program "examples" tests/program/test_examples.sh build/release
    test_program "documentation" python3 tests/docs/check_docs.py --self-test --program build/release/src/cli/sluice
    test_program "consumers" tests/consumers/test_consumers.sh build/release "$1"
}

# Under a sanitizer only the embedded broker takes part: the others would measure nothing of ours.
without_servers() {
    local name
    for name in $(compgen -e SLUICE_TEST_ || true); do unset "$name"; done
}

test_asan() {
    build asan sigv4_tests sluice_unit_tests sluice_local_tests sluice_integration_tests
    without_servers
    local -x ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
    test_programs_of asan "embedded broker"
}

# Of the unit tests those that start threads.
test_tsan() {
    build tsan sluice_thread_tests sluice_integration_tests
    without_servers
    local -x TSAN_OPTIONS="suppressions=$root/tests/tsan_suppressions.txt"
    test_program "tsan: unit tests with threads" build/tsan/tests/unit/sluice_thread_tests
    test_program "tsan: integration (embedded broker)" build/tsan/tests/integration/sluice_integration_tests
}

test_sigv4_alone() {
    mkdir -p build
    cmake -G Ninja -S sigv4 -B build/sigv4-alone -DSLUICE_WARNINGS_AS_ERRORS=ON >build/sigv4-alone.log 2>&1 &&
        ninja -C build/sigv4-alone >>build/sigv4-alone.log 2>&1 || { tail -n 40 build/sigv4-alone.log; return 1; }
    build/sigv4-alone/tests/sigv4_tests
}

# fuzz FUZZER SECONDS: from the corpus in the repository and from what was found before; leaves output and exit status.
fuzz() {
    local fuzzer=$1 seconds=$2 name status=0
    name=$(basename "$fuzzer")
    mkdir -p "build/corpus/$name"
    "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
        -artifact_prefix="build/corpus/$name-" "build/corpus/$name" "tests/fuzz/corpus/${name#fuzz_}" \
        >"build/corpus/$name.log" 2>&1 || status=$?
    echo "$status" >"build/corpus/$name.status"
}
fuzzed() {
    cat "build/corpus/$1.log"
    return "$(cat "build/corpus/$1.status")"
}

# Each decoder for a while, as many at once as there are cores.
test_fuzzers() {
    local seconds=$1 fuzzer fuzzers=()
    build fuzz all
    for fuzzer in build/fuzz/tests/fuzz/fuzz_*; do
        if [ -f "$fuzzer" ] && [ -x "$fuzzer" ]; then fuzzers+=("$fuzzer"); fi
    done
    export -f fuzz
    printf '%s\n' "${fuzzers[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'fuzz "$1" "$2"' fuzz '{}' "$seconds"
    for fuzzer in "${fuzzers[@]}"; do
        test_program "$(basename "$fuzzer"), $seconds s" fuzzed "$(basename "$fuzzer")"
    done
}

check_format() { git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 --dry-run -Werror; }

# check_tidy PATHS_OF_GIT...: each file for itself, with the flags of a build by clang: half an hour of two cores.
check_tidy() {
    git ls-files "$@" |
        xargs -P "$(jobs)" -n 5 clang-tidy-19 -p build/tidy --quiet 2>&1 |
        sed -E '/^(\[[0-9]+\/[0-9]+\] Processing file|[0-9]+ warnings? generated\.)/d' # so that an error stays in sight
}

finish() {
    stop_servers
    [ -z "$failures" ] || printf 'what failed:\n%s' "$failures"
    printf '%s passed, %s failed, %s skipped\n' "$total_passed" "$total_failed" "$total_skipped"
    [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}

run_tests() {
    local depth=${1:-} consumers clients="boto3 awscli-pypi awscli-debian javascript"
    case $depth in '' | --ci | --long) ;; *) usage >&2; exit 2 ;; esac
    install_build_packages
    install_packages python3 openssl zlib1g-dev
    trap stop_servers EXIT
    if [ "$depth" = --ci ]; then
        install_packages clang-19 libclang-rt-19-dev clang-format-19 python3-venv zsh fish mandoc groff-base \
            libgtest-dev chromium awscli libbenchmark-dev valgrind
        command -v npm >/dev/null || install_packages nodejs npm
        export SLUICE_TEST_REQUIRE_SERVERS="moto fauxqs" SLUICE_WARNINGS_AS_ERRORS=ON
        export SLUICE_TEST_ACCOUNT_COMMANDS=${SLUICE_TEST_ACCOUNT_COMMANDS:-20} # of 1,000 accounts each
        export SLUICE_TEST_REQUIRE_CLIENTS=$clients
        export SLUICE_FUZZ_FLAGS=-O0 # built in half the time; --long fuzzes with optimised code
    fi
    install_packages pkg-config make curl
    case $depth in
        '') consumers=quick ;;
        --ci) consumers=packages ;;
        --long) consumers=all ;;
    esac
    [ "$consumers" = quick ] || install_packages dpkg-dev file python3-venv ccache
    start_servers
    test_release "$consumers"
    [ "$depth" != --long ] || clients= # all of them
    # shellcheck disable=SC2086
    test_program "AWS clients" tests/servers/clients/run build/release/src/cli/sluice $clients
    case $depth in
        --ci)
            test_program "format" check_format
            test_program "instructions for a message" python3 bench/instructions.py build/release/bench/writer_instructions --check
            test_program "sigv4 alone" test_sigv4_alone
            stop_servers
            test_asan
            test_tsan
            test_fuzzers 10
            ;;
        --long)
            install_packages clang-19 libclang-rt-19-dev clang-tidy-19
            SLUICE_TEST_MESSAGES=1000000 test_program "writers under faults with 1,000,000 messages" build/release/tests/integration/sluice_integration_tests -tc="writer under faults*"
            SLUICE_TEST_MESSAGES=1000000 test_program "reader under faults with 1,000,000 messages" build/release/tests/integration/sluice_integration_tests -tc="reader under faults*"
            test_program "differential run of 20,000" tests/servers/differential/test_differential.sh build/release/src/cli/sluice 20000
            test_program "demo with 1,000,000 messages" build/release/src/cli/sluice demo --messages 1000000
            rm -rf build/tidy && SLUICE_UNITY_BUILD=OFF cmake --preset tsan -B build/tidy >/dev/null
            test_program "clang-tidy, file by file" check_tidy 'src/*.cpp' 'sigv4/src/*.cpp'
            test_program "compilers, levels and standards" tests/consumers/test_matrix.sh
            test_fuzzers 600
            ;;
    esac
    finish
}
