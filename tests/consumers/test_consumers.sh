#!/usr/bin/env bash
# Strangers' projects build against sluice in every way that docs/install.md names, with warnings of their own, and run.
# usage: test_consumers.sh BUILD_FOLDER [quick|packages|all]
#   BUILD_FOLDER  where the static libraries and the program are built
#   quick         only what needs no second build of sluice: static libraries by find_package and pkg-config
#   packages      also shared libraries and Debian packages
set -euo pipefail
consumers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$consumers/../.." && pwd)
build=$(realpath "$1")
depth=${2:-all}
# Next to the other build folders: the same way from there to the sources makes object files that ccache knows.
work="$root/build/consumers"
rm -rf "$work"
mkdir -p "$work"

passed=0
failed=0
skipped=0
# check WHAT COMMAND...: what the command says is shown when it fails.
check() {
    local what=$1 began=$SECONDS
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        printf 'consumers: %s (%s s)\n' "$what" $((SECONDS - began))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        tail -n 60 "$work/log"
    fi
}
skip() {
    skipped=$((skipped + 1))
    echo "skipped: consumers: $1"
}

jobs=$(nproc)
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
# Strangers compile without optimisation, but sluice as in BUILD_FOLDER, so that a cache of object files is of use.
stranger=(-G Ninja -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)"
    -DCMAKE_PROJECT_stranger_INCLUDE="$consumers/strict.cmake")
as_built=(-G Ninja -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)" -DCMAKE_BUILD_TYPE="$(cached CMAKE_BUILD_TYPE)" -DCMAKE_CXX_FLAGS="$(cached CMAKE_CXX_FLAGS)"
    -DCMAKE_CXX_FLAGS_RELEASE="$(cached CMAKE_CXX_FLAGS_RELEASE)"
    -DSLUICE_WARNINGS_AS_ERRORS="$(cached SLUICE_WARNINGS_AS_ERRORS)" -DSLUICE_BUILD_EXAMPLES=OFF
    -DCMAKE_UNITY_BUILD="$(cached CMAKE_UNITY_BUILD)" -DCMAKE_UNITY_BUILD_BATCH_SIZE="$(cached CMAKE_UNITY_BUILD_BATCH_SIZE)")

# --- installed: find_package and pkg-config -------------------------------------------------------------------------

# What was installed, with what differs from machine to machine and from version to version under one name each.
tree() {
    (cd "$1" && find . -type f -o -type l) | sed -E "s#^\./##; s#^lib(/[a-z0-9_]+-linux-gnu[a-z0-9_]*|64)?/#LIBDIR/#
        s#\.so\.$version\$#.so.VERSION#; s#\.so\.${version%.*}\$#.so.SOVERSION#" | LC_ALL=C sort
}
# is_as_expected KIND FOLDER
is_as_expected() {
    diff <(sed -nE "s/^(both|$1) +//p" "$consumers/expected_tree.txt" | LC_ALL=C sort) <(tree "$2")
}

libraries_in() { dirname "$(find "$1" -name libsluice.so -o -name libsluice.a | head -n 1)"; }

# with_find_package KIND PREFIX: builds the stranger and runs its programs.
with_find_package() {
    local folder="$work/find_package_$1"
    cmake "${stranger[@]}" -S "$consumers/find_package" -B "$folder" -DCMAKE_PREFIX_PATH="$2" &&
        cmake --build "$folder" && timeout 120 "$folder/publish_and_read"
}
# Program and library use one io_context, and exceptions, observers and handlers of either cross to the other.
cross_the_boundary() {
    local folder="$work/boundary_$1"
    cmake "${stranger[@]}" -S "$consumers/boundary" -B "$folder" -DCMAKE_PREFIX_PATH="$2" &&
        cmake --build "$folder" && timeout 120 "$folder/sign" && timeout 120 "$folder/boundary" &&
        timeout 120 "$folder/host" "$folder/libplugin.so" | grep '^from a plugin$'
}

# with_pkg_config KIND PREFIX
with_pkg_config() {
    local folder="$work/pkg_config_$1" libraries
    libraries=$(libraries_in "$2")
    export PKG_CONFIG_PATH="$libraries/pkgconfig"
    pkg-config --validate sluice sluice-local sluice-sigv4 || return 1
    [ "$(pkg-config --modversion sluice)" = "$version" ] || return 1
    mkdir -p "$folder"
    CXX=$(cached CMAKE_CXX_COMPILER) LDFLAGS="-Wl,-rpath,$libraries" \
        CXXFLAGS="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Werror" \
        make -C "$folder" -f "$consumers/pkg_config/Makefile" VPATH="$consumers" publish_and_read &&
        timeout 120 "$folder/publish_and_read"
}

refuses_the_next_version() {
    mkdir -p "$work/next"
    printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(next LANGUAGES CXX)' 'find_package(sluice 0.2 QUIET)' \
        'if(sluice_FOUND)' '    message(FATAL_ERROR "0.1 counts as 0.2")' 'endif()' >"$work/next/CMakeLists.txt"
    cmake -S "$work/next" -B "$work/next/build" -DCMAKE_PREFIX_PATH="$1"
}

version=$("$build/src/cli/sluice" --version | sed 's/^sluice //')
check "static: cmake --install" cmake --install "$build" --prefix "$work/static"
check "static: the installed tree" is_as_expected static "$work/static"
check "static: find_package" with_find_package static "$work/static"
check "static: the io_context in the program" cross_the_boundary static "$work/static"
check "static: pkg-config and a Makefile" with_pkg_config static "$work/static"
check "static: find_package refuses the next minor version" refuses_the_next_version "$work/static"
if [ "$depth" = quick ]; then
    printf 'counts: %s passed, %s failed, %s skipped\n' $passed $failed $skipped
    exit $((failed > 0))
fi

# --- shared libraries -----------------------------------------------------------------------------------------------

shared="$root/build/consumer_shared"
build_shared() {
    cmake "${as_built[@]}" -S "$root" -B "$shared" -DBUILD_SHARED_LIBS=ON \
        -DCMAKE_INSTALL_PREFIX=/usr && cmake --build "$shared"
}
# What the loader is told: our names with both numbers of the version, and nothing that only sluice needs for the program.
needs() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
loader_sees() {
    local soversion=${version%.*} libraries
    libraries=$(libraries_in "$work/shared")
    readelf -d "$libraries/libsluice.so" | grep -F "[libsluice.so.$soversion]" || return 1
    needs "$work/find_package_shared/publish_and_read"
    grep -q "^libsluice.so.$soversion\$" <<<"$(needs "$work/find_package_shared/publish_and_read")" || return 1
    ! needs "$work/find_package_shared/publish_and_read" | grep -E 'libssl|libcrypto|pugixml' || return 1
    # The program has sluice inside: it runs without the libraries.
    "$work/shared/bin/sluice" --version && ! needs "$work/shared/bin/sluice" | grep sluice
}
check "shared: build" build_shared
check "shared: cmake --install" cmake --install "$shared" --prefix "$work/shared"
check "shared: the installed tree" is_as_expected shared "$work/shared"
only_declared_symbols() {
    python3 "$consumers/check_symbols.py" "$work/shared/include" "$(libraries_in "$work/static")" "$(libraries_in "$work/shared")"
}
check "shared: symbols" only_declared_symbols
check "shared: find_package" with_find_package shared "$work/shared"
check "shared: the io_context in the program" cross_the_boundary shared "$work/shared"
check "shared: pkg-config and a Makefile" with_pkg_config shared "$work/shared"
check "shared: what the loader sees" loader_sees

# --- packages -------------------------------------------------------------------------------------------------------

make_debs() { (cd "$shared" && cpack -G DEB -B "$work/deb") && ls "$work"/deb/*.deb; }
debs_hold() {
    local deb contents
    for deb in "$work"/deb/*.deb; do
        dpkg-deb -I "$deb" && dpkg-deb -c "$deb" || return 1
        contents=$(dpkg-deb -c "$deb") || return 1
        ! awk '$2 != "root/root"' <<<"$contents" | grep . || return 1
        grep -q './usr/share/doc/.*/copyright$' <<<"$contents" || return 1 # no pipe: dpkg-deb dies of one that closes early
    done
    grep -q "libsluice${version%.*} (= $version)" <<<"$(dpkg-deb -f "$work"/deb/libsluice-dev_*.deb Depends)" || return 1
    grep -q libssl3 <<<"$(dpkg-deb -f "$work"/deb/libsluice0*.deb Depends)"
}
install_debs() {
    local scratch="$work/scratch"
    mkdir -p "$scratch/var/lib/dpkg/info" "$scratch/var/lib/dpkg/updates" "$scratch/var/log"
    touch "$scratch/var/lib/dpkg/status" "$scratch/var/lib/dpkg/available"
    PATH="$PATH:/usr/sbin:/sbin" dpkg --root="$scratch" --force-not-root --force-depends --force-script-chrootless --log=/dev/null -i "$work"/deb/*.deb &&
        dpkg-query --admindir="$scratch/var/lib/dpkg" -W -f='${Package} ${db:Status-Status}\n' 'libsluice*' sluice
}
# The loader does not look into a scratch root by itself.
with_installed_debs() {
    LD_LIBRARY_PATH=$(libraries_in "$work/scratch/usr") with_find_package deb "$work/scratch/usr"
}
if command -v dpkg-shlibdeps >/dev/null && command -v file >/dev/null; then
    check "deb: cpack" make_debs
    check "deb: contents and dependencies" debs_hold
    check "deb: installed in a scratch root" install_debs
    check "deb: find_package" with_installed_debs
    check "deb: the program" "$work/scratch/usr/bin/sluice" --version
else
    skip "deb: dpkg-shlibdeps (dpkg-dev) or file is not here"
fi

if [ "$depth" = packages ]; then
    printf 'counts: %s passed, %s failed, %s skipped\n' $passed $failed $skipped
    exit $((failed > 0))
fi

# --- as a part of the stranger's build ------------------------------------------------------------------------------

# embedded NAME OPTION...
embedded() {
    local name=$1 folder="$root/build/consumer_$1"
    shift
    cmake "${stranger[@]}" "${as_built[@]}" -S "$consumers/$name" -B "$folder" "$@" &&
        cmake --build "$folder" --target publish_and_read && timeout 120 "$folder/publish_and_read" &&
        cmake --install "$folder" --prefix "$work/embedded_$name" && [ ! -e "$work/embedded_$name/include" ]
}
check "add_subdirectory" embedded add_subdirectory -DSLUICE_SOURCE="$root"
check "FetchContent" embedded fetch_content -DFETCHCONTENT_SOURCE_DIR_SLUICE="$root"

# --- Conan ----------------------------------------------------------------------------------------------------------

conan_version=2.34.0
conan="$root/build/conan-venv/bin/conan"
get_conan() {
    [ "$("$conan" --version 2>/dev/null)" = "Conan version $conan_version" ] && return
    python3 -m venv "$root/build/conan-venv" && "$root/build/conan-venv/bin/pip" install -q "conan==$conan_version"
}
# Conan adds compiler flags that say what the compiler does anyway, such as -m64. Without them, and in a folder as deep as
# the others, its object files are those of BUILD_FOLDER.
conan_create() {
    CXX=$(cached CMAKE_CXX_COMPILER) CONAN_HOME="$work/conan" "$conan" create "$root/packaging/conan" --no-remote --build=sluice/* \
        -pr:a "$root/packaging/conan/system_packages.profile" \
        -c tools.cmake.cmaketoolchain:generator=Ninja -c tools.cmake.cmake_layout:test_folder="$work/conan_test" \
        -c tools.build:jobs="$jobs" \
        -c "tools.cmake.cmaketoolchain:enabled_blocks=['cppstd', 'cmake_flags_init', 'extra_variables', 'find_paths', 'pkg_config', 'output_dirs', 'variables', 'preprocessor']" \
        -c "tools.cmake.cmaketoolchain:extra_variables={'CMAKE_CXX_FLAGS_RELEASE': '$(cached CMAKE_CXX_FLAGS_RELEASE)', 'SLUICE_WARNINGS_AS_ERRORS': '$(cached SLUICE_WARNINGS_AS_ERRORS)'}"
}
if get_conan >"$work/log" 2>&1; then
    check "Conan: create and test_package, without a remote" conan_create
else
    tail -n 3 "$work/log"
    skip "Conan: $conan_version could not be installed from PyPI"
fi

printf 'counts: %s passed, %s failed, %s skipped\n' $passed $failed $skipped
[ $failed -eq 0 ]
