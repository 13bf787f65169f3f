// CUDA's language and intrinsics, as far as the kernels use them, over BlockMachine.
#pragma once
#include <atomic>
#include <bit>
#include <cmath>

#include "block_machine.h"

#define __global__ inline
#define __device__
#define __launch_bounds__(...)
#define GAL_DEVICE [[maybe_unused]] static inline
#define GAL_DYNAMIC_SHARED(T, name) T* name = static_cast<T*>(emulation::machine.shared())
#define threadIdx (emulation::machine.thread_index)
#define blockIdx (emulation::machine.block_index)
#define blockDim (emulation::machine.block_size)
#define gridDim (emulation::machine.grid_size)

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
using std::min;

inline float __int_as_float(int i) { return std::bit_cast<float>(i); }
inline int __float_as_int(float f) { return std::bit_cast<int>(f); }
inline float __uint_as_float(unsigned i) { return std::bit_cast<float>(i); }

namespace emulation {
enum Operation { ShuffleXor = 1, Shuffle, MultiplyAccumulate };

template <typename T>
T shuffle(unsigned mask, T value, int source, Operation operation) {
    const Message* messages = machine.exchange(mask, operation, reinterpret_cast<const uint32_t*>(&value), 1);
    if (source < 0 || source >= WarpSize || !(mask >> source & 1)) machine.fail("shuffle: the source lane is not in the mask");
    return std::bit_cast<T>(messages[source][0]);
}

inline float device_log(float x) {
#include "../logarithm.inc"
}
}  // namespace emulation
#define logf emulation::device_log

inline void __syncthreads() { emulation::machine.wait_for_block(); }
inline void __threadfence() {}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int offset) { return emulation::shuffle(mask, value, emulation::machine.lane() ^ offset, emulation::ShuffleXor); }
template <typename T>
T __shfl_sync(unsigned mask, T value, int lane) { return emulation::shuffle(mask, value, lane, emulation::Shuffle); }
template <typename T>
T __ldg(const T* p) {
    if (reinterpret_cast<uintptr_t>(p) % sizeof(T)) emulation::machine.fail("__ldg: misaligned vector load");
    return *p;
}
inline int atomicAdd(int* p, int value) { return std::atomic_ref<int>(*p).fetch_add(value); }

struct alignas(2) __half { uint16_t bits; };
struct alignas(4) __half2 { __half x, y; };
struct alignas(2) __nv_bfloat16 { uint16_t bits; };
inline float __half2float(__half h) { return static_cast<float>(std::bit_cast<_Float16>(h.bits)); }
inline float __bfloat162float(__nv_bfloat16 h) { return __uint_as_float(uint32_t{h.bits} << 16); }
inline float2 __half22float2(__half2 h) { return {__half2float(h.x), __half2float(h.y)}; }
inline float to_float(__half h) { return __half2float(h); }
inline float to_float(__nv_bfloat16 h) { return __bfloat162float(h); }

// mma.m16n8k16, from the fragment layout in the PTX manual: lane l has rows l / 4 and l / 4 + 8 of a, column l / 4 of b.
template <typename T>
void mma_16x8x16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2], T) {
    const uint32_t own[emulation::MessageWords] = {a[0], a[1], a[2], a[3], b[0], b[1]};
    const emulation::Message* lanes = emulation::machine.exchange(0xffffffffu, emulation::MultiplyAccumulate, own, emulation::MessageWords);
    const int g = emulation::machine.lane() / 4, q = emulation::machine.lane() % 4;
    const auto half_of = [](uint32_t word, int k) { return to_float(T{static_cast<uint16_t>(k % 2 ? word >> 16 : word)}); };
    const auto a_at = [&](int row, int k) { return half_of(lanes[row % 8 * 4 + k % 8 / 2][row / 8 + 2 * (k / 8)], k); };
    const auto b_at = [&](int k, int column) { return half_of(lanes[column * 4 + k % 8 / 2][4 + k / 8], k); };
    for (int j = 0; j < 4; ++j)
        for (int k = 0; k < 16; ++k) c[j] += a_at(g + 8 * (j / 2), k) * b_at(k, q * 2 + j % 2);
}
