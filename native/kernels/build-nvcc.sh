#!/usr/bin/env bash
# Builds scoring.cu with NVIDIA's compiler, for those who have it: a cubin for one card, or PTX to compare with clang's.
# Usage: build-nvcc.sh ARCH [OUTPUT]     ARCH: sm_80, sm_86, sm_89, sm_90, ... The default output is artifacts/native/scoring.ARCH.cubin.
# Needs: nvcc 11.8 or later. Registers and spills of every kernel are printed; a spill is an error.
set -euo pipefail
cd "$(dirname "$0")"
arch=${1:?Usage: build-nvcc.sh ARCH [OUTPUT], for example build-nvcc.sh sm_90}
output=${2:-../../artifacts/native/scoring.$arch.cubin}
command -v nvcc >/dev/null || { echo "nvcc is missing: it comes with NVIDIA's CUDA toolkit." >&2; exit 1; }
mkdir -p "$(dirname "$output")"
report=$(nvcc -std=c++17 -O3 -arch="$arch" -cubin -Xptxas -v -o "$output" scoring.cu 2>&1) || { echo "$report" >&2; exit 1; }
echo "$report" | grep -E 'Compiling|Used|spill' || true
if echo "$report" | grep -E 'spill' | grep -qvE ' 0 bytes spill stores, 0 bytes spill loads'; then
    echo "A kernel spills registers." >&2
    exit 1
fi
