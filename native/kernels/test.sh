#!/usr/bin/env bash
# Everything that can be known about the kernels without a GPU: builds the tests over the emulator and runs them, builds the stand-in CUDA driver that the C# tests load,
# rebuilds the committed PTX and compares, verifies it as far as LLVM can, and plants mutants that the tests must catch.
# Usage: test.sh [--no-mutants]     Output goes to artifacts/native.
# Needs: g++ (C++20), doctest, clang-19 and llvm-19: apt-get install -y --no-install-recommends g++ doctest-dev clang-19 llvm-19
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/artifacts/native
mkdir -p "$out"

missing=()
for tool in g++ clang++-19 opt-19 llc-19; do command -v "$tool" >/dev/null || missing+=("$tool"); done
echo '#include <doctest/doctest.h>' | g++ -fsyntax-only -x c++ - 2>/dev/null || missing+=("doctest/doctest.h")
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++ doctest-dev clang-19 llvm-19) >"$out/apt.log" 2>&1 || { cat "$out/apt.log"; exit 1; }
    else
        echo "Missing: ${missing[*]}. Install them: apt-get install -y --no-install-recommends g++ doctest-dev clang-19 llvm-19" >&2
        exit 1
    fi
fi

echo "== kernels in the emulator"
tests/native/build.sh "$out"
"$out/kernel-tests"

echo "== stand-in CUDA driver"
tests/native/build-fake-driver.sh "$out/libcuda.so.1"

echo "== PTX"
native/kernels/build-ptx.sh "$out/scoring.ptx"
native/kernels/check-ptx.sh "$out/scoring.ptx"
if ! cmp -s "$out/scoring.ptx" native/kernels/scoring.ptx; then
    echo "native/kernels/scoring.ptx is not what scoring.cu compiles to. Run native/kernels/build-ptx.sh and commit the result." >&2
    diff "$out/scoring.ptx" native/kernels/scoring.ptx | head -20
    exit 1
fi
echo "scoring.ptx is what its source compiles to."

if [ "${1:-}" != --no-mutants ]; then
    echo "== mutants"
    tests/native/mutants.sh "$out"
fi
