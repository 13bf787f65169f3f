// |x| of each row: rows [row_count, dim] -> norms [row_count] f32. One warp a row; grid: ceil(row_count / warps a block).
// Infinite where the squares overflow f32 (|x| over 1.8e19), NaN where an element is. Error: 1 unit in the last place + the rounding of dim / 128 additions a lane.
#pragma once
#include "rows.cuh"

template <int V, typename T>
GAL_DEVICE void row_norms(const T* rows, float* norms, int row_count, int dim) {
    const int lane = threadIdx.x % 32;
    const long long row = (long long)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (row >= row_count) {
        return;  // a whole warp leaves, so that the shuffles below stay legal
    }
    const float norm = sqrtf(warp_sum(lane_squares<V>(rows + row * dim, dim, lane)));
    if (lane == 0) {
        norms[row] = norm;
    }
}
