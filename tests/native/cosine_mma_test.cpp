#include "support.h"
using namespace test;

namespace {
template <typename T>
Buffer<float> norms_of(const Buffer<T>& rows, int count, int dim) {
    Buffer<float> norms(count);
    launch(Order::Forward, {blocks_for(count, 8)}, 256, 0, [&] { row_norms<1>(rows.data(), norms.data(), count, dim); });
    return norms;
}

template <typename T>
Buffer<float> cosine_by_mma(const Buffer<T>& rows, const Buffer<T>& columns, int n, int m, int dim, int threads, Order order) {
    const auto row_norms = norms_of(rows, n, dim), column_norms = norms_of(columns, m, dim);
    Buffer<float> out(size_t(n) * m);
    launch(order, {blocks_for(n, threads / 32 * 16), blocks_for(m, 64)}, threads, 0,
           [&] { cosine_mma(rows.data(), columns.data(), row_norms.data(), column_norms.data(), out.data(), n, m, dim); });
    return out;
}

template <typename T>
void check_mma(int n, int m, int dim, int threads, Order order) {
    CAPTURE(n); CAPTURE(m); CAPTURE(dim); CAPTURE(threads); CAPTURE(int(order)); CAPTURE((std::is_same_v<T, __half>));
    const auto rows = random_rows<T>(n, dim, 3), columns = random_rows<T>(m, dim, 4);
    const auto out = cosine_by_mma(rows, columns, n, m, dim, threads, order);
    double largest = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < m; ++j) largest = std::max(largest, difference(out[size_t(i) * m + j], cosine(rows.data() + size_t(i) * dim, columns.data() + size_t(j) * dim, dim)));
    CHECK(largest < 2e-6);
    CHECK(out.intact());
}
}  // namespace

TEST_CASE("tensor-core cosine: rows and columns around the fragments and the tiles, against double") {
    for (const int n : {1, 15, 16, 17, 33, 129})
        for (const int m : {1, 7, 8, 9, 63, 64, 65}) check_mma<__nv_bfloat16>(n, m, 16, 256, Order::Forward);
}

TEST_CASE("tensor-core cosine: both types, widths and block sizes, in every scheduling order") {
    for (const auto order : AllOrders) {
        check_mma<__half>(35, 19, 48, 64, order);
        check_mma<__nv_bfloat16>(35, 70, 128, 32, order);
    }
    check_mma<__half>(40, 9, 1024, 256, Order::Shuffled);
}

TEST_CASE("tensor-core cosine: not-finite values stay in their own row and column, zero rows make 0") {
    const int n = 18, m = 10, dim = 32;
    auto rows = random_rows<__half>(n, dim, 3), columns = random_rows<__half>(m, dim, 4);
    rows[17 * dim + 31] = from_float<__half>(NaN), columns[9 * dim] = from_float<__half>(Inf);
    set_row(rows, 0, dim, 0);
    const auto out = cosine_by_mma(rows, columns, n, m, dim, 64, Order::Forward);
    for (int i = 0; i < n * m; ++i) {
        CHECK(std::isnan(out[i]) == (i / m == 17 || i % m == 9));
        if (i / m == 0 && i % m != 9) CHECK(out[i] == 0);
    }
}

TEST_CASE("tensor-core cosine: entry points") {
    const auto rows = random_rows<__nv_bfloat16>(16, 16, 3);
    const auto halves = random_rows<__half>(16, 16, 3);
    const auto norms = norms_of(rows, 16, 16), half_norms = norms_of(halves, 16, 16);
    Buffer<float> out(256), half_out(256);
    launch(Order::Forward, {1}, 32, 0, [&] { cosine_mma_bf16(rows.data(), rows.data(), norms.data(), norms.data(), out.data(), 16, 16, 16); });
    launch(Order::Forward, {1}, 32, 0, [&] { cosine_mma_f16(halves.data(), halves.data(), half_norms.data(), half_norms.data(), half_out.data(), 16, 16, 16); });
    for (int i = 0; i < 16; ++i) {
        CHECK(out[i * 17] == doctest::Approx(1).epsilon(1e-6));
        CHECK(half_out[i * 17] == doctest::Approx(1).epsilon(1e-6));
    }
}
