# shellcheck shell=bash
# `./run bench`: sourced by `run`, whose functions it uses.
#
#   ./run bench                    all, with one table of CPU time for each message
#   ./run bench --peers            the table, with the other SDKs in it
#   ./run bench NAME [OPTIONS]     one: a program of bench/, or `table`, `scaling`, `instructions`, `servers`

bench_table() {
    install_packages python3 openssl wrk nginx-light
    python3 bench/table.py --build build/release --program build/release/src/cli/sluice "$@"
}

bench_instructions() {
    install_packages python3 valgrind
    python3 bench/instructions.py build/release/bench/writer_instructions "$@"
}

bench_scaling() {
    install_packages python3
    python3 bench/scaling.py --build build/release "$@"
}

# Each by itself: no program of ours runs longer than it must.
bench_programs() {
    local program
    for program in build/release/bench/bench_*; do
        [ -x "$program" ] && [ -f "$program" ] || continue
        case ${program##*/} in bench_write | bench_publish | bench_read) continue ;; esac # the table has them
        "$program"
    done
}

run_bench() {
    local name=${1:-all}
    [ $# -eq 0 ] || shift
    install_build_packages
    # bench_sign and its like are left out where it cannot be had.
    (install_packages libbenchmark-dev) || true
    # It may have been configured before that was there.
    if grep -qs '^benchmark_DIR:PATH=benchmark_DIR-NOTFOUND' build/release/CMakeCache.txt; then
        cmake --preset release >build/release.log 2>&1 || { cat build/release.log >&2; die "cmake failed"; }
    fi
    build release sluice_bench
    case $name in
        all)
            bench_table
            bench_scaling
            bench_programs
            bench_instructions
            . bench/servers.sh
            bench_servers
            ;;
        --peers) bench_table --peers "$@" ;;
        table) bench_table "$@" ;;
        scaling) bench_scaling "$@" ;;
        instructions) bench_instructions "$@" ;;
        servers)
            . bench/servers.sh
            bench_servers
            ;;
        *)
            name=build/release/bench/bench_${name#bench_}
            [ -x "$name" ] || die "there is no benchmark ${name##*/}; there are: $(cd build/release/bench && echo bench_*) table scaling instructions servers"
            "$name" "$@"
            ;;
    esac
}
