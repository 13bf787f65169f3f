// What the CUDA SDK's headers give the kernels, for clang without an SDK: qualifiers, vector types, warp collectives, read-only loads, mathematics, half types.
// Nothing here is Gal's own but logf, since the SDK's libdevice is absent too.
#pragma once
typedef unsigned int uint32_t;
typedef unsigned short uint16_t;
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
#define GAL_DEVICE static __device__ __forceinline__

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };
#include <__clang_cuda_builtin_vars.h>
struct __align__(8) float2 { float x, y; };
struct __align__(16) float4 { float x, y, z, w; };
struct __align__(8) uint2 { unsigned x, y; };
GAL_DEVICE float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

// __syncthreads() is a clang builtin.
GAL_DEVICE float __shfl_xor_sync(unsigned mask, float value, int offset) { return __nvvm_shfl_sync_bfly_f32(mask, value, offset, 0x1f); }
GAL_DEVICE int __shfl_sync(unsigned mask, int value, int lane) { return __nvvm_shfl_sync_idx_i32(mask, value, lane, 0x1f); }
GAL_DEVICE void __threadfence() { __nvvm_membar_gl(); }
GAL_DEVICE int atomicAdd(int* address, int value) { return __nvvm_atom_add_gen_i(address, value); }

typedef float gal_float4 __attribute__((ext_vector_type(4)));
typedef unsigned gal_uint2 __attribute__((ext_vector_type(2)));
GAL_DEVICE unsigned __ldg(const unsigned* p) { return __nvvm_ldg_ui(p); }
GAL_DEVICE float4 __ldg(const float4* p) { const gal_float4 v = __nvvm_ldg_f4((const gal_float4*)p); return {v.x, v.y, v.z, v.w}; }
GAL_DEVICE uint2 __ldg(const uint2* p) { const gal_uint2 v = __nvvm_ldg_ui2((const gal_uint2*)p); return {v.x, v.y}; }

GAL_DEVICE float fmaxf(float a, float b) { return __builtin_fmaxf(a, b); }
GAL_DEVICE float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
GAL_DEVICE float sqrtf(float a) { return __nvvm_sqrt_rn_f(a); }
GAL_DEVICE int min(int a, int b) { return a < b ? a : b; }
GAL_DEVICE float __int_as_float(int i) { return __builtin_bit_cast(float, i); }
GAL_DEVICE int __float_as_int(float f) { return __builtin_bit_cast(int, f); }
GAL_DEVICE float __uint_as_float(unsigned i) { return __builtin_bit_cast(float, i); }

// ln x for normal x > 0, within 1.4 units in the last place (tests/native/logarithm_test.cpp runs over all exponents):
// x = m 2^e with m in [√½, √2), ln m = 2 artanh s with s = (m - 1) / (m + 1), and e ln 2 in two parts.
GAL_DEVICE float logf(float x) {
#include "logarithm.inc"
}

struct __align__(2) __half { uint16_t __x; };
struct __align__(4) __half2 { __half x, y; };
struct __align__(2) __nv_bfloat16 { uint16_t __x; };
GAL_DEVICE float __half2float(__half h) { return (float)__builtin_bit_cast(_Float16, h.__x); }
GAL_DEVICE float __bfloat162float(__nv_bfloat16 h) { return __uint_as_float((unsigned)h.__x << 16); }
GAL_DEVICE float2 __half22float2(__half2 h) { return {__half2float(h.x), __half2float(h.y)}; }
