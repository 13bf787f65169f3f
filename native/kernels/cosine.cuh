// Cosine of every row with every column: rows [row_count, dim], columns [column_count, dim] -> similarities [row_count, column_count] f32.
//   cosine(x, t) = (x · t / max(|t|, 1e-8)) / max(|x|, 1e-8); NaN where x or t has no finite norm in f32; 0 where one is zero.
// Rows are read once a tile of columns and columns once a block: with few columns (a round's texts) the rows' bandwidth is the limit.
// The surprising decision: a warp takes ROWS rows at once. A tile's column is then read from shared memory once for all of them, and their totals are folded
// together; with one row a warp, shared memory and shuffles would cost twice what the row's own load does.
// Equal rows and equal columns give equal bits wherever they stand. Error against f64: 2e-7 for dim up to 1024.
#pragma once
#include "rows.cuh"

// The fast path, dim = DIM, a multiple of 128; the rows stay in registers. Grid: any; blocks stride over the rows.
// Dynamic shared memory: tile_columns * DIM floats (at least 1 column, and as many as fit 48 KiB).
template <int DIM, int ROWS>
struct CosineTile {
    static constexpr int Chunks = DIM / 128;
    static constexpr int Group = 32 / ROWS;  // lanes that share a row's total, and so columns that are stored together

    // Normalises columns into the tile, one warp a column. The whole block enters; before and after it, the block must synchronise.
    template <typename T>
    GAL_DEVICE void fill(float* tile, const T* columns, int count, int lane, int warp, int warps) {
        for (int t = warp; t < count; t += warps) {
            const T* column = columns + (long long)t * DIM;
            const float inverse = inverse_norm<4>(column, DIM, lane);
#pragma unroll
            for (int i = 0; i < Chunks; ++i) {
                *(float4*)(tile + t * DIM + i * 128 + lane * 4) = scale4(load4(column + i * 128 + lane * 4), inverse);
            }
        }
    }

    // ROWS rows from first_row on (those past the end repeat the last one and are not stored) with the tile's columns. All 32 lanes enter.
    template <typename T>
    GAL_DEVICE void multiply(const float* tile, const T* rows, float* similarities, long long first_row, int row_count, int first_column, int count,
                                    int column_count, int lane) {
        float4 x[ROWS][Chunks];
        float squares[ROWS];
#pragma unroll
        for (int r = 0; r < ROWS; ++r) {
            const T* row = rows + (first_row + r < row_count ? first_row + r : row_count - 1) * DIM;
            squares[r] = 0.0f;
#pragma unroll
            for (int i = 0; i < Chunks; ++i) {
                x[r][i] = load4(row + i * 128 + lane * 4);
                squares[r] = dot4(x[r][i], x[r][i], squares[r]);
            }
        }
        const float inverse = inverse_norm_of_squares(warp_sum_rows<ROWS>(squares, lane));
        const long long own_row = first_row + lane / Group;
        float kept = 0.0f;
        for (int t = 0; t < count; ++t) {
            float sums[ROWS];
#pragma unroll
            for (int r = 0; r < ROWS; ++r) {
                sums[r] = 0.0f;
            }
#pragma unroll
            for (int i = 0; i < Chunks; ++i) {
                const float4 column = *(const float4*)(tile + t * DIM + i * 128 + lane * 4);
#pragma unroll
                for (int r = 0; r < ROWS; ++r) {
                    sums[r] = dot4(x[r][i], column, sums[r]);
                }
            }
            const float total = warp_sum_rows<ROWS>(sums, lane);
            kept = lane % Group == t % Group ? total * inverse : kept;
            const bool full = t % Group == Group - 1 || t == count - 1;  // a store of up to Group neighbours, instead of one value at a time
            if (full && own_row < row_count && lane % Group <= t % Group) {
                similarities[own_row * column_count + first_column + t - t % Group + lane % Group] = kept;
            }
        }
    }
};

template <int DIM, int ROWS, typename T>
GAL_DEVICE void cosine_tiled(const T* rows, const T* columns, float* similarities, int row_count, int column_count, int tile_columns) {
    GAL_DYNAMIC_SHARED(float, tile);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    const long long stride = (long long)gridDim.x * warps * ROWS;
    for (int first = 0; first < column_count; first += tile_columns) {
        const int count = min(tile_columns, column_count - first);
        __syncthreads();  // every warp has done with the tile before
        CosineTile<DIM, ROWS>::fill(tile, columns + (long long)first * DIM, count, lane, warp, warps);
        __syncthreads();
        for (long long row = ((long long)blockIdx.x * warps + warp) * ROWS; row < row_count; row += stride) {
            CosineTile<DIM, ROWS>::multiply(tile, rows, similarities, row, row_count, first, count, column_count, lane);
        }
    }
}

// Any dim. One warp a row; grid: any. Dynamic shared memory: tile_columns floats, the inverse norms of the tile's columns.
template <int V, typename T>
GAL_DEVICE void cosine_any(const T* rows, const T* columns, float* similarities, int row_count, int column_count, int dim, int tile_columns) {
    GAL_DYNAMIC_SHARED(float, inverse);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    for (int first = 0; first < column_count; first += tile_columns) {
        const int count = min(tile_columns, column_count - first);
        __syncthreads();  // every warp has done with the tile before
        for (int t = warp; t < count; t += warps) {
            const float value = inverse_norm<V>(columns + (long long)(first + t) * dim, dim, lane);
            if (lane == 0) {
                inverse[t] = value;
            }
        }
        __syncthreads();
        for (long long row = (long long)blockIdx.x * warps + warp; row < row_count; row += (long long)gridDim.x * warps) {
            const T* x = rows + row * dim;
            const float row_inverse = inverse_norm<V>(x, dim, lane);
            for (int t = 0; t < count; ++t) {
                const float dot = warp_sum(lane_dot<V>(x, columns + (long long)(first + t) * dim, inverse[t], dim, lane));
                if (lane == 0) {
                    similarities[row * column_count + first + t] = dot * row_inverse;
                }
            }
        }
    }
}
