// The emulator's own checks: what a GPU would hang on, or silently get wrong, throws here.
#include "support.h"
using namespace test;

namespace {
void run(int threads, const std::function<void()>& kernel) { launch(Order::Forward, {1}, threads, 64, kernel); }
}  // namespace

TEST_CASE("machine: half a warp in a shuffle is a deadlock") {
    CHECK_THROWS_AS(run(32, [] { if (threadIdx.x < 16) warp_sum(1); }), emulation::KernelFault);
}

TEST_CASE("machine: a barrier that a part of a warp passes by is a deadlock") {
    CHECK_THROWS_AS(run(64, [] { if (threadIdx.x < 40) __syncthreads(); else warp_sum(1); }), emulation::KernelFault);
}

TEST_CASE("machine: lanes in different collectives are a divergence") {
    CHECK_THROWS_AS(run(32, [] { if (threadIdx.x < 16) warp_sum(1); else __shfl_sync(GAL_ALL_LANES, 1, 0); }), emulation::KernelFault);
}

TEST_CASE("machine: a lane outside its own mask, and a source outside it") {
    CHECK_THROWS_AS(run(32, [] { __shfl_sync(0x0000ffffu, 1, 0); }), emulation::KernelFault);
    CHECK_THROWS_AS(run(32, [] { if (threadIdx.x < 16) __shfl_sync(0x0000ffffu, 1, 20); }), emulation::KernelFault);
}

TEST_CASE("machine: a vector load that is not aligned") {
    alignas(16) static const float values[8] = {};
    CHECK_THROWS_AS(run(1, [] { load4(values + 1); }), emulation::KernelFault);
}

TEST_CASE("machine: shared memory that nobody wrote is NaN in every block") {
    bool all_nan = true;
    launch(Order::Forward, {3}, 1, 64, [&] {
        GAL_DYNAMIC_SHARED(float, shared);
        for (int i = 0; i < 16; ++i) all_nan &= shared[i] != shared[i], shared[i] = 0;
    });
    CHECK(all_nan);
}

TEST_CASE("machine: barriers hold threads back in every order") {
    for (const auto order : AllOrders) {
        int seen[96] = {};
        launch(order, {1}, 96, 96 * sizeof(int), [&] {
            GAL_DYNAMIC_SHARED(int, shared);
            shared[threadIdx.x] = int(threadIdx.x);
            __syncthreads();
            seen[threadIdx.x] = shared[95 - threadIdx.x];
        });
        for (int i = 0; i < 96; ++i) CHECK(seen[i] == 95 - i);
    }
}

TEST_CASE("machine: the tensor-core instruction multiplies") {
    auto a = random_rows<__nv_bfloat16>(16, 16, 1), b = random_rows<__nv_bfloat16>(8, 16, 2);
    float out[16][8];
    launch(Order::Shuffled, {1}, 32, 0, [&] {
        const int g = threadIdx.x / 4, q = threadIdx.x % 4;
        const auto word = [](const Buffer<__nv_bfloat16>& m, int row, int column) { return uint32_t(m[row * 16 + column].bits) | uint32_t(m[row * 16 + column + 1].bits) << 16; };
        float c[4] = {};
        mma_16x8x16(c, {word(a, g, 2 * q), word(a, g + 8, 2 * q), word(a, g, 2 * q + 8), word(a, g + 8, 2 * q + 8)}, {word(b, g, 2 * q), word(b, g, 2 * q + 8)}, __nv_bfloat16{});
        for (int j = 0; j < 4; ++j) out[g + 8 * (j / 2)][2 * q + j % 2] = c[j];
    });
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 8; ++j) {
            double sum = 0;
            for (int k = 0; k < 16; ++k) sum += to_double(a[i * 16 + k]) * to_double(b[j * 16 + k]);
            CHECK(out[i][j] == doctest::Approx(sum).epsilon(1e-5));
        }
}
