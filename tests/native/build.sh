#!/usr/bin/env bash
# Builds the kernel tests over the emulator.
# Usage: build.sh FOLDER [KERNELS [TEST]]     Makes FOLDER/kernel-tests. KERNELS: where scoring.cu lies, native/kernels by default. TEST: that *_test.cpp alone.
set -euo pipefail
folder=${1:?Usage: build.sh FOLDER [KERNELS [TEST]]}
here=$(cd "$(dirname "$0")" && pwd)
kernels=${2:-$here/../../native/kernels}
mkdir -p "$folder"

compile() {
    # UBSan would catch more, but its checks do not survive the switch between fibers' stacks.
    g++ -std=c++20 -O1 -Wall -Wextra -Werror -Wno-unknown-pragmas ${CXXFLAGS:-} -I"$kernels" -c -o "$folder/$(basename "$1" .cpp).o" "$1"
}
export -f compile
export folder kernels

if [ -n "${3:-}" ]; then tests=("$here/$3.cpp"); else tests=("$here"/*_test.cpp); fi
sources=("${tests[@]}")
[ -f "$folder/main.o" ] || sources+=("$here/main.cpp")
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$0"'
objects=("$folder/main.o")
for test in "${tests[@]}"; do objects+=("$folder/$(basename "$test" .cpp).o"); done
g++ -o "$folder/kernel-tests" "${objects[@]}"
