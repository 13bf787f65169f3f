// The k highest of count values, in order: by value descending, then index ascending; NaN after every number. values [count] f32 -> indices [k], k <= count.
// Ties are the norm (N = 10 images give 6 values of U), so each value's place is counted instead of sorted: place = how many come before it. That is count² comparisons,
// meant for up to 65,536 values. One thread a value; grid: ceil(count / threads a block). Dynamic shared memory: a float a thread.
#pragma once
#include "portable.h"

// True where (value, index) stands before (other, other_index).
GAL_DEVICE bool comes_before(float value, int index, float other, int other_index) {
    const bool is_nan = value != value, other_is_nan = other != other;
    if (is_nan || other_is_nan) {
        return is_nan == other_is_nan ? index < other_index : other_is_nan;
    }
    return value > other || (value == other && index < other_index);
}

GAL_DEVICE void top_k(const float* values, int* indices, int count, int k) {
    GAL_DYNAMIC_SHARED(float, tile);
    const int threads = blockDim.x, index = blockIdx.x * threads + threadIdx.x;
    const float value = values[min(index, count - 1)];
    int place = 0;
    for (int first = 0; first < count; first += threads) {
        __syncthreads();  // every thread has done with the tile before
        tile[threadIdx.x] = values[min(first + (int)threadIdx.x, count - 1)];
        __syncthreads();
        for (int j = 0; j < min(threads, count - first); ++j) {
            place += comes_before(tile[j], first + j, value, index);
        }
    }
    if (index < count && place < k) {
        indices[place] = index;
    }
}
