// Rows of embeddings as a warp sees them: lane l has elements V l ... V l + V - 1 of every 32 V. V = 4 loads 16 bytes (f32) or 8 (f16, bf16) at once and needs
// dim % 4 == 0 and rows that start at a multiple of that; V = 1 takes anything. All mathematics is f32.
#pragma once
#include "warp.cuh"

GAL_DEVICE float load1(const float* p) { return *p; }
GAL_DEVICE float load1(const __half* p) { return __half2float(*p); }
GAL_DEVICE float load1(const __nv_bfloat16* p) { return __bfloat162float(*p); }

GAL_DEVICE float4 load4(const float* p) { return __ldg((const float4*)p); }
GAL_DEVICE float4 load4(const __half* p) {
    const uint2 words = __ldg((const uint2*)p);
    __half2 halves[2];
    __builtin_memcpy(halves, &words, sizeof halves);
    const float2 low = __half22float2(halves[0]), high = __half22float2(halves[1]);
    return make_float4(low.x, low.y, high.x, high.y);
}
GAL_DEVICE float4 load4(const __nv_bfloat16* p) {
    const uint2 words = __ldg((const uint2*)p);  // a bf16 is the upper half of its float
    return make_float4(__uint_as_float(words.x << 16), __uint_as_float(words.x & 0xffff0000u),
                       __uint_as_float(words.y << 16), __uint_as_float(words.y & 0xffff0000u));
}

GAL_DEVICE float4 scale4(float4 a, float s) { return make_float4(a.x * s, a.y * s, a.z * s, a.w * s); }

// sum + a·b.
GAL_DEVICE float dot4(float4 a, float4 b, float sum) { return fmaf(a.x, b.x, fmaf(a.y, b.y, fmaf(a.z, b.z, fmaf(a.w, b.w, sum)))); }

// 1 / max(√squares, 1e-8), as torch's cosine_similarity bounds it; NaN where the squares do not add up to a finite number, and so every cosine with that row.
GAL_DEVICE float inverse_norm_of_squares(float squares) {
    return squares <= 3.402823466e38f ? 1.0f / fmaxf(sqrtf(squares), 1e-8f) : __int_as_float(0x7fc00000);
}

// This lane's part of Σ row².
template <int V, typename T>
GAL_DEVICE float lane_squares(const T* row, int dim, int lane) {
    float sum = 0.0f;
    for (int i = lane * V; i < dim; i += 32 * V) {
        if constexpr (V == 4) {
            const float4 x = load4(row + i);
            sum = dot4(x, x, sum);
        } else {
            const float x = load1(row + i);
            sum = fmaf(x, x, sum);
        }
    }
    return sum;
}

// This lane's part of row · (column inverse_norm). The column is scaled before it is multiplied, as where a tile of columns is kept normalised: equal bits either way.
template <int V, typename T>
GAL_DEVICE float lane_dot(const T* row, const T* column, float inverse_norm, int dim, int lane) {
    float sum = 0.0f;
    for (int i = lane * V; i < dim; i += 32 * V) {
        if constexpr (V == 4) {
            sum = dot4(load4(row + i), scale4(load4(column + i), inverse_norm), sum);
        } else {
            sum = fmaf(load1(row + i), load1(column + i) * inverse_norm, sum);
        }
    }
    return sum;
}

// 1 / max(|row|, 1e-8). All 32 lanes enter; all hold the result.
template <int V, typename T>
GAL_DEVICE float inverse_norm(const T* row, int dim, int lane) { return inverse_norm_of_squares(warp_sum(lane_squares<V>(row, dim, lane))); }
