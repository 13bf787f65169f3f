#!/usr/bin/env bash
# Builds the stand-in CUDA driver that the C# tests load.
# Usage: build-fake-driver.sh OUTPUT     OUTPUT is a path that ends in libcuda.so.1. Needs: g++ (C++20).
set -euo pipefail
output=${1:?Usage: build-fake-driver.sh OUTPUT}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$output")"
# The shared-object name is the real driver's: whoever has loaded this file by its path gets it again under that name.
g++ -std=c++20 -O1 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror -Wno-unknown-pragmas -I"$here/../../native/kernels" -Wl,-soname,libcuda.so.1 -o "$output.new" "$here/fake_driver.cpp"
mv "$output.new" "$output"
echo "$output"
