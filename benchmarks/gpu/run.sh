#!/usr/bin/env bash
# Times the scoring kernels on this machine's card beside torch on the same tensors, and writes a table.
# Usage: benchmarks/gpu/run.sh [OUTPUT]     The default output is artifacts/gpu-benchmark.md.
# Needs: NVIDIA's driver, a card of compute capability 8.0 or newer, the .NET SDK, and the TorchSharp-cuda-linux package (restored by the build).
set -euo pipefail
cd "$(dirname "$0")/../.."
output=${1:-artifacts/gpu-benchmark.md}
command -v nvidia-smi >/dev/null || { echo "There is no nvidia-smi: install NVIDIA's driver, or start the container with access to the cards." >&2; exit 1; }
mkdir -p "$(dirname "$output")"
{
    echo "# Scoring on a card"
    echo
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.memory --format=csv
    echo
    dotnet run -c Release -p:Gpu=true --project benchmarks/Scoring -- card
} | tee "$output"
echo "Written to $output."
