#!/usr/bin/env bash
# The libraries and their unit tests with both compilers, at every level of optimisation, as C++20 and as C++23, with
# warnings as errors. Each pair of the three occurs; all sixteen would take twice as long.
# usage: test_matrix.sh ["COMPILER LEVEL STANDARD"...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ways=("$@")
if [ $# -eq 0 ]; then
    ways=("g++ -O0 20" "g++ -O1 23" "g++ -O2 20" "g++ -O3 23"
        "clang++-19 -O0 23" "clang++-19 -O1 20" "clang++-19 -O2 23" "clang++-19 -O3 20"
        "g++ -O0 23" "clang++-19 -O0 20")
fi

passed=0
failed=0
skipped=0
for way in "${ways[@]}"; do
    read -r compiler level standard <<<"$way"
    folder="$root/build/matrix/${compiler//+/x}$level-$standard"
    log="$folder.log"
    began=$SECONDS
    mkdir -p "$root/build/matrix"
    if ! cmake -G Ninja -S "$root" -B "$folder" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_STANDARD="$standard" \
        -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS="$level" -DSLUICE_WARNINGS_AS_ERRORS=ON >"$log" 2>&1 ||
        ! cmake --build "$folder" -j "${SLUICE_JOBS:-$(nproc)}" --target sluice sluice_local sluice_unit_tests sluice_local_tests >>"$log" 2>&1; then
        failed=$((failed + 1))
        echo "FAILED: the build with $way"
        grep -E 'error: |warning: ' "$log" | head -n 20
        continue
    fi
    for program in sluice_unit_tests local/sluice_local_tests; do
        timeout 1200 "$folder/tests/unit/$program" >"$log" 2>&1 && status=0 || status=$?
        counts=$(grep -E '^counts: ' "$log" | tail -n 1)
        read -r p f s <<<"$(sed -E 's/[^0-9]+/ /g' <<<"${counts:-counts: 0 passed, 1 failed, 0 skipped}")"
        [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
        passed=$((passed + p))
        failed=$((failed + f))
        skipped=$((skipped + s))
        [ "$f" -eq 0 ] || { echo "FAILED: $program with $way"; tail -n 40 "$log"; }
    done
    echo "matrix: $way: $((SECONDS - began)) s"
done
printf 'counts: %s passed, %s failed, %s skipped\n' $passed $failed $skipped
[ $failed -eq 0 ]
