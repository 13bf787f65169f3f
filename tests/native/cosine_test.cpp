#include "support.h"
using namespace test;

namespace {
enum Form { Any1, Any4, Tiled };

// Launches one form; DIM is dim where the form is Tiled.
template <Form FORM, int DIM, int ROWS, typename T>
void cosine_launch(const Buffer<T>& rows, const Buffer<T>& columns, Buffer<float>& out, int n, int m, int dim, int tile, int threads, unsigned grid, Order order) {
    const size_t shared = size_t(tile) * (FORM == Tiled ? DIM : 1) * sizeof(float);
    launch(order, {grid}, threads, shared, [&] {
        if constexpr (FORM == Tiled) cosine_tiled<DIM, ROWS>(rows.data(), columns.data(), out.data(), n, m, tile);
        else cosine_any<FORM == Any4 ? 4 : 1>(rows.data(), columns.data(), out.data(), n, m, dim, tile);
    });
}

template <typename T>
double largest_difference(const Buffer<float>& out, const Buffer<T>& rows, const Buffer<T>& columns, int n, int m, int dim) {
    double largest = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < m; ++j) largest = std::max(largest, difference(out[size_t(i) * m + j], cosine(rows.data() + size_t(i) * dim, columns.data() + size_t(j) * dim, dim)));
    return largest;
}

template <Form FORM, int DIM, int ROWS, typename T>
void check_cosine(int n, int m, int dim, int tile, int threads, unsigned grid, Order order, int offset = 0) {
    CAPTURE(n); CAPTURE(m); CAPTURE(dim); CAPTURE(tile); CAPTURE(threads); CAPTURE(grid); CAPTURE(sizeof(T)); CAPTURE(int(FORM)); CAPTURE(int(order));
    auto rows = random_rows<T>(n, dim, 1, offset), columns = random_rows<T>(m, dim, 2, offset);
    Buffer<float> out(size_t(n) * m);
    cosine_launch<FORM, DIM, ROWS>(rows, columns, out, n, m, dim, tile, threads, grid, order);
    CHECK(largest_difference(out, rows, columns, n, m, dim) < 4e-7);
    CHECK(out.intact());
}

template <int DIM, int ROWS>
void check_tiled_shapes() {
    for (const int n : {0, 1, 2, 3, 4, 5, 31, 32, 33, 67})
        for (const int m : {1, 7, 8, 9, 17}) check_cosine<Tiled, DIM, ROWS, float>(n, m, DIM, std::min(m, 6), 256, 2, Order::Forward);
}
}  // namespace

TEST_CASE("tiled cosine: rows around the warps and columns around the store groups, against double") {
    check_tiled_shapes<128, 4>();
    check_tiled_shapes<768, 2>();
}

TEST_CASE("tiled cosine: every width and type, in every scheduling order, over several tiles") {
    for (const auto order : AllOrders) {
        check_cosine<Tiled, 128, 4, __half>(37, 19, 128, 7, 256, 1, order);
        check_cosine<Tiled, 512, 4, float>(37, 19, 512, 8, 256, 1, order);
        check_cosine<Tiled, 768, 2, __nv_bfloat16>(19, 17, 768, 16, 256, 1, order);
        check_cosine<Tiled, 1024, 2, float>(19, 9, 1024, 4, 256, 1, order);
    }
}

TEST_CASE("tiled cosine: every block size and grid, more rows than all warps together") {
    for (const int threads : {32, 64, 96, 256})
        for (const unsigned grid : {1u, 2u, 5u}) check_cosine<Tiled, 128, 4, float>(75, 5, 128, 5, threads, grid, Order::WarpAhead);
}

TEST_CASE("cosine of any width: awkward shapes, types and starts, in every scheduling order") {
    for (const auto order : AllOrders)
        for (const int n : {1, 9, 33}) {
            check_cosine<Any1, 0, 1, float>(n, 5, 67, 2, 256, 1, order, 1);
            check_cosine<Any1, 0, 1, __half>(n, 5, 33, 2, 64, 2, order, 1);
            check_cosine<Any1, 0, 1, __nv_bfloat16>(n, 3, 1, 3, 64, 2, order);
            check_cosine<Any4, 0, 1, float>(n, 9, 132, 4, 256, 1, order);
            check_cosine<Any4, 0, 1, __half>(n, 9, 260, 4, 96, 1, order);
            check_cosine<Any4, 0, 1, __nv_bfloat16>(n, 9, 4, 9, 96, 1, order);
        }
    for (const int dim : {1, 31, 32, 33, 127, 128, 129}) check_cosine<Any1, 0, 1, float>(33, 1, dim, 1, 256, 1, Order::Shuffled);
}

TEST_CASE("cosine: tiled and any width of four give equal bits, and equal rows and columns tie wherever they stand") {
    const int n = 38, m = 21, dim = 512;
    auto rows = random_rows<float>(n, dim, 1), columns = random_rows<float>(m, dim, 2);
    copy_row(rows, 37, rows, 0, dim), copy_row(rows, 6, rows, 0, dim), copy_row(columns, 20, columns, 3, dim);
    Buffer<float> tiled(n * m), any(n * m);
    cosine_launch<Tiled, 512, 4>(rows, columns, tiled, n, m, dim, 8, 256, 1, Order::Forward);
    cosine_launch<Any4, 0, 1>(rows, columns, any, n, m, dim, 8, 256, 3, Order::Forward);
    bool equal = true, ties = true;
    for (int i = 0; i < n * m; ++i) equal &= same_bits(tiled[i], any[i]);
    for (int j = 0; j < m; ++j) ties &= same_bits(tiled[j], tiled[37 * m + j]) && same_bits(tiled[j], tiled[6 * m + j]);
    for (int i = 0; i < n; ++i) ties &= same_bits(tiled[i * m + 3], tiled[i * m + 20]);
    CHECK(equal);
    CHECK(ties);
}

TEST_CASE("cosine: NaN, infinite and overflowing values make their own row and column NaN, zero rows make 0") {
    const int n = 9, m = 9, dim = 128;
    for (const float value : {NaN, Inf, -Inf, 1e30f}) {
        CAPTURE(value);
        auto rows = random_rows<float>(n, dim, 1), columns = random_rows<float>(m, dim, 2);
        rows[4 * dim + 127] = value, columns[7 * dim] = value;
        set_row(rows, 2, dim, 0), set_row(columns, 1, dim, 0);
        Buffer<float> tiled(n * m), any(n * m);
        cosine_launch<Tiled, 128, 4>(rows, columns, tiled, n, m, dim, 4, 64, 1, Order::Forward);
        cosine_launch<Any1, 0, 1>(rows, columns, any, n, m, dim, 4, 64, 1, Order::Forward);
        for (const auto* out : {&tiled, &any})
            for (int i = 0; i < n * m; ++i) {
                const bool is_nan = i / m == 4 || i % m == 7, is_zero = i / m == 2 || i % m == 1;
                CHECK(std::isnan((*out)[i]) == is_nan);
                if (!is_nan && is_zero) CHECK((*out)[i] == 0);
            }
    }
}

TEST_CASE("cosine: rows shorter than 1e-8 are divided by 1e-8") {
    Buffer<float> rows(4), columns(4), out(1);
    set_row(rows, 0, 4, 1e-10f), set_row(columns, 0, 4, 1);
    cosine_launch<Any4, 0, 1>(rows, columns, out, 1, 1, 4, 1, 32, 1, Order::Forward);
    CHECK(out[0] == doctest::Approx(0.02));
}

TEST_CASE("cosine: entry points") {
    auto rows = random_rows<float>(3, 1024, 1), columns = random_rows<float>(2, 1024, 2);
    const auto check = [&](int dim, size_t shared, const std::function<void(float*)>& kernel) {
        CAPTURE(dim);
        Buffer<float> out(6);
        launch(Order::Forward, {1}, 64, shared, [&] { kernel(out.data()); });
        CHECK(largest_difference(out, rows, columns, 3, 2, dim) < 4e-7);
    };
    const float *x = rows.data(), *t = columns.data();
    check(128, 1024, [&](float* out) { cosine_f32_128(x, t, out, 3, 2, 2); });
    check(512, 4096, [&](float* out) { cosine_f32_512(x, t, out, 3, 2, 2); });
    check(768, 6144, [&](float* out) { cosine_f32_768(x, t, out, 3, 2, 2); });
    check(1024, 8192, [&](float* out) { cosine_f32_1024(x, t, out, 3, 2, 2); });
    check(640, 8, [&](float* out) { cosine_f32_v4(x, t, out, 3, 2, 640, 2); });
    check(77, 8, [&](float* out) { cosine_f32_v1(x, t, out, 3, 2, 77, 2); });
}
