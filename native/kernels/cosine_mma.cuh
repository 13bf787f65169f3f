// Cosine of many rows with many columns on tensor cores, f16 or bf16 in, f32 sums: for matrices so wide that arithmetic is the limit, not the rows' bandwidth.
// A warp makes 16 rows × 64 columns, so that one fragment of the rows serves eight of the columns; a block of W warps makes 16 W rows. Grid: (ceil(row_count / 16 W), ceil(column_count / 64)).
// The norms come from row_norms: squared from the fragments they would cost as many cycles as the products.
// dim % 16 == 0; rows start at multiples of 4 bytes. Values as in cosine.cuh; error against f64 of the same inputs: 2e-6 for dim up to 1024 (products are exact, sums f32).
#pragma once
#include "rows.cuh"

GAL_DEVICE float inverse_of_norm(float norm) { return norm <= 3.402823466e38f ? 1.0f / fmaxf(norm, 1e-8f) : __int_as_float(0x7fc00000); }

template <typename T>
GAL_DEVICE void cosine_mma(const T* rows, const T* columns, const float* row_norms, const float* column_norms, float* similarities, int row_count,
                           int column_count, int dim) {
    constexpr int Tiles = 8;
    const int lane = threadIdx.x % 32, g = lane / 4, q = lane % 4;
    const long long first_row = ((long long)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32) * 16;
    const int first_column = blockIdx.y * Tiles * 8;
    if (first_row >= row_count) {
        return;  // a whole warp leaves
    }
    // Rows and columns past the end repeat the last one and are not stored.
    const long long row0 = first_row + g < row_count ? first_row + g : row_count - 1;
    const long long row8 = first_row + g + 8 < row_count ? first_row + g + 8 : row_count - 1;
    const unsigned* a0 = (const unsigned*)(rows + row0 * dim) + q;
    const unsigned* a8 = (const unsigned*)(rows + row8 * dim) + q;
    const unsigned* b[Tiles];
    float c[Tiles][4];
#pragma unroll
    for (int t = 0; t < Tiles; ++t) {
        b[t] = (const unsigned*)(columns + (long long)min(first_column + t * 8 + g, column_count - 1) * dim) + q;
        c[t][0] = c[t][1] = c[t][2] = c[t][3] = 0.0f;
    }
    for (int k = 0; k < dim / 2; k += 8) {  // 16 elements are 8 words
        const unsigned fragment[4] = {__ldg(a0 + k), __ldg(a8 + k), __ldg(a0 + k + 4), __ldg(a8 + k + 4)};
#pragma unroll
        for (int t = 0; t < Tiles; ++t) {
            const unsigned column[2] = {__ldg(b[t] + k), __ldg(b[t] + k + 4)};
            mma_16x8x16(c[t], fragment, column, T{});
        }
    }
#pragma unroll
    for (int t = 0; t < Tiles; ++t) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
            const long long row = first_row + g + (j / 2) * 8;
            const int column = first_column + t * 8 + q * 2 + j % 2;
            if (row < row_count && column < column_count) {
                similarities[row * column_count + column] = c[t][j] * inverse_of_norm(column_norms[column]) * inverse_of_norm(row_norms[row]);
            }
        }
    }
}
