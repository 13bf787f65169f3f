// Sums over a warp. Both form the same tree, so that a total has the same bits in every lane, in whichever row's place its terms stood.
#pragma once
#include "portable.h"

#define GAL_ALL_LANES 0xffffffffu

// Sum of value over the warp. All 32 lanes enter; all hold the result.
GAL_DEVICE float warp_sum(float value) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) {
        value += __shfl_xor_sync(GAL_ALL_LANES, value, offset);
    }
    return value;
}

// Sums of ROWS values over the warp, in 6 shuffles for 4 rows instead of 20: while several rows are open, each lane hands on the half that its partner keeps.
// ROWS is 1, 2 or 4. All 32 lanes enter; lane l holds the total of row l / (32 / ROWS).
template <int ROWS, int OFFSET = 16>
GAL_DEVICE float warp_sum_rows(const float (&values)[ROWS], int lane) {
    if constexpr (OFFSET == 0) {
        return values[0];
    } else {
        constexpr int Kept = ROWS == 1 ? 1 : ROWS / 2;
        const bool upper = (lane & OFFSET) != 0;
        float kept[Kept];
#pragma unroll
        for (int r = 0; r < Kept; ++r) {
            const float low = values[r], high = values[r + ROWS / 2];
            // float(...): choosing between lvalues would choose an address, and put the array into local memory.
            const float own = upper ? float(high) : float(low);
            const float sent = ROWS == 1 || upper ? float(low) : float(high);
            kept[r] = own + __shfl_xor_sync(GAL_ALL_LANES, sent, OFFSET);
        }
        return warp_sum_rows<Kept, OFFSET / 2>(kept, lane);
    }
}
