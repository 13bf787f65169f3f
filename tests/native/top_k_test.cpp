#include <numeric>

#include "support.h"
using namespace test;

namespace {
std::vector<int> expected_order(const Buffer<float>& values, int k) {
    std::vector<int> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return std::isnan(values[b]) ? !std::isnan(values[a]) : values[a] > values[b]; });
    order.resize(k);
    return order;
}

void check_top_k(const Buffer<float>& values, int k, int threads, Order order) {
    const int count = int(values.size());
    CAPTURE(count); CAPTURE(k); CAPTURE(threads); CAPTURE(int(order));
    Buffer<int> indices(k);
    launch(order, {blocks_for(count, threads)}, threads, threads * sizeof(float), [&] { top_k_f32(values.data(), indices.data(), count, k); });
    CHECK(std::vector<int>(indices.data(), indices.data() + k) == expected_order(values, k));
    CHECK(indices.intact());
}

// The six values that U takes with ten images.
Buffer<float> entropies(int count, unsigned seed) {
    std::mt19937 generator(seed);
    Buffer<float> values(count);
    for (int i = 0; i < count; ++i) values[i] = uncertainty_of(int(generator() % 11), 10);
    return values;
}
}  // namespace

TEST_CASE("top k: ties go to the lower index, at every size and block size") {
    for (const int threads : {32, 64, 96, 256})
        for (const int count : {1, 2, 31, 32, 33, 97, 257})
            for (const int k : {1, 3, count}) check_top_k(entropies(count, count), std::min(k, count), threads, Order::Forward);
}

TEST_CASE("top k: every scheduling order, all values equal, infinite and NaN values") {
    for (const auto order : AllOrders) {
        check_top_k(entropies(150, 5), 20, 64, order);
        Buffer<float> same(70), mixed(70);
        for (int i = 0; i < 70; ++i) same[i] = 0.5f, mixed[i] = i % 7 == 0 ? NaN : i % 5 == 0 ? Inf : i % 3 == 0 ? -Inf : float(i % 4);
        check_top_k(same, 70, 32, order);
        check_top_k(mixed, 70, 32, order);
    }
}

TEST_CASE("top k: -0 and 0 tie") {
    Buffer<float> values(3);
    values[0] = -0.0f, values[1] = 0.0f, values[2] = -0.0f;
    check_top_k(values, 3, 32, Order::Forward);
}
