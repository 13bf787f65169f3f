#!/usr/bin/env bash
# Checks PTX as text and its LLVM form by LLVM's verifiers, since no assembler of NVIDIA's is at hand: header, the entry points that the C# side names, no local memory
# (a spilled array), no call to a function that nobody supplies.
# Usage: check-ptx.sh FILE     Needs: clang-19, llvm-19.
set -euo pipefail
cd "$(dirname "$0")"
ptx=$(readlink -f "${1:?Usage: check-ptx.sh FILE}")
fail() { echo "$ptx: $1" >&2; exit 1; }

grep -qx '\.version 7\.0' "$ptx" || fail "the version is not 7.0"
grep -qx '\.target sm_80' "$ptx" || fail "the target is not sm_80"
grep -qx '\.address_size 64' "$ptx" || fail "the address size is not 64"
! grep -q '\.local' "$ptx" || fail "it uses local memory"
! grep -q '\.extern \.func' "$ptx" || fail "it calls a function from outside"

entries=$(sed -n 's/^\.visible \.entry \([a-z0-9_]*\)(.*/\1/p' "$ptx" | sort)
expected=$(sort entry-points.txt)
[ "$entries" = "$expected" ] || { diff <(echo "$expected") <(echo "$entries") || true; fail "its entry points are not those of entry-points.txt"; }

ir=$(mktemp) && trap 'rm -f "$ir"' EXIT
clang++-19 -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 --cuda-feature=+ptx70 -std=c++17 -O3 -S -emit-llvm -o "$ir" scoring.cu
opt-19 -passes=verify -disable-output "$ir" || fail "its LLVM form does not verify"
llc-19 -mcpu=sm_80 -mattr=+ptx70 -verify-machineinstrs -o /dev/null "$ir" || fail "its machine form does not verify"
echo "$(echo "$entries" | wc -l) entry points; header, memory and LLVM's verifiers are in order."
