#include "support.h"
using namespace test;

namespace {
template <int V, typename T>
void check_norms(int rows, int dim, int threads, Order order, int offset = 0) {
    CAPTURE(rows); CAPTURE(dim); CAPTURE(threads); CAPTURE(V); CAPTURE(sizeof(T)); CAPTURE(int(order));
    auto x = random_rows<T>(rows, dim, 1, offset);
    Buffer<float> norms(rows);
    launch(order, {blocks_for(rows, threads / 32)}, threads, 0, [&] { row_norms<V>(x.data(), norms.data(), rows, dim); });
    double largest = 0;
    for (int i = 0; i < rows; ++i) largest = std::max(largest, difference(norms[i], norm(x.data() + size_t(i) * dim, dim)) / std::max(1.0, std::sqrt(double(dim))));
    CHECK(largest < 3e-7);
    CHECK(norms.intact());
}
}  // namespace

TEST_CASE("row norms: every block size, number of rows and width, against double") {
    for (const int threads : {32, 64, 96, 256})
        for (const int rows : {0, 1, 7, 8, 9, 31, 32, 33})
            for (const int dim : {1, 3, 31, 32, 33, 127, 128, 129, 512}) {
                check_norms<1, float>(rows, dim, threads, Order::Forward);
                if (dim % 4 == 0) check_norms<4, float>(rows, dim, threads, Order::Forward);
            }
}

TEST_CASE("row norms: every type and scheduling order, a start that is not aligned") {
    for (const auto order : AllOrders) {
        check_norms<1, float>(9, 67, 256, order, 1);
        check_norms<1, __half>(9, 67, 256, order, 1);
        check_norms<1, __nv_bfloat16>(9, 67, 256, order, 1);
        check_norms<4, __half>(9, 132, 256, order);
        check_norms<4, __nv_bfloat16>(9, 132, 256, order);
    }
}

TEST_CASE("row norms: entry points") {
    auto x = random_rows<float>(2, 8, 1);
    Buffer<float> one(2), four(2);
    launch(Order::Forward, {1}, 64, 0, [&] { row_norms_f32_v1(x.data(), one.data(), 2, 8); });
    launch(Order::Forward, {1}, 64, 0, [&] { row_norms_f32_v4(x.data(), four.data(), 2, 8); });
    for (int i = 0; i < 2; ++i) {
        CHECK(one[i] == doctest::Approx(norm(x.data() + i * 8, 8)));
        CHECK(four[i] == doctest::Approx(norm(x.data() + i * 8, 8)));
    }
}

TEST_CASE("row norms: zero, infinite, NaN and overflowing rows") {
    Buffer<float> x(5 * 8), norms(5);
    for (int i = 0; i < 5; ++i) set_row(x, i, 8, 0);
    x[8 + 3] = Inf, x[16 + 7] = NaN, x[24] = 1e30f, x[32] = -3, x[33] = 4;
    launch(Order::Forward, {1}, 256, 0, [&] { row_norms<4>(x.data(), norms.data(), 5, 8); });
    CHECK(norms[0] == 0);
    CHECK(norms[1] == Inf);
    CHECK(std::isnan(norms[2]));
    CHECK(norms[3] == Inf);
    CHECK(norms[4] == 5);
}
