// What the kernel tests share: values of each type, buffers with guards, launches in every scheduling order, and the cosine in double precision.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>

#include "scoring.cu"

namespace test {

using emulation::AllOrders;
using emulation::Order;

inline constexpr float NaN = std::numeric_limits<float>::quiet_NaN();
inline constexpr float Inf = std::numeric_limits<float>::infinity();

template <typename T>
T from_float(float value) {
    if constexpr (std::is_same_v<T, float>) {
        return value;
    } else if constexpr (std::is_same_v<T, __half>) {
        return {std::bit_cast<uint16_t>(static_cast<_Float16>(value))};
    } else {
        if (value != value) return {0x7fc0};
        const uint32_t bits = std::bit_cast<uint32_t>(value);
        return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};  // to nearest, ties to even
    }
}
inline double to_double(float value) { return value; }
inline double to_double(__half value) { return __half2float(value); }
inline double to_double(__nv_bfloat16 value) { return __bfloat162float(value); }

// An array between two guards, 64-byte aligned (and then `offset` elements further). A read past its end meets NaN; intact() tells whether anything was written there.
template <typename T>
class Buffer {
public:
    explicit Buffer(size_t size, int offset = 0) : size_(size), start_(Guard + offset), data_(size + 2 * Guard + 64, guard()) {
        const auto address = reinterpret_cast<uintptr_t>(data_.data());
        start_ += (64 - address % 64) % 64 / sizeof(T);
    }
    T* data() { return data_.data() + start_; }
    const T* data() const { return data_.data() + start_; }
    T& operator[](size_t i) { return data()[i]; }
    const T& operator[](size_t i) const { return data()[i]; }
    size_t size() const { return size_; }
    bool intact() const {
        const T expected = guard();
        for (size_t i = 0; i < data_.size(); ++i)
            if ((i < start_ || i >= start_ + size_) && std::memcmp(&data_[i], &expected, sizeof(T))) return false;
        return true;
    }

private:
    static constexpr size_t Guard = 2048;
    static T guard() {
        T value;
        std::memset(&value, 0xff, sizeof value);
        return value;
    }
    size_t size_, start_;
    std::vector<T> data_;
};

// Normally distributed rows, the same for the same seed.
template <typename T>
Buffer<T> random_rows(int count, int dim, unsigned seed, int offset = 0) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    Buffer<T> rows(static_cast<size_t>(count) * dim, offset);
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = from_float<T>(normal(generator));
    return rows;
}

template <typename T>
void set_row(Buffer<T>& rows, int row, int dim, float value) {
    for (int k = 0; k < dim; ++k) rows[static_cast<size_t>(row) * dim + k] = from_float<T>(value);
}

template <typename T>
void copy_row(Buffer<T>& to, int to_row, const Buffer<T>& from, int from_row, int dim) {
    std::copy_n(from.data() + static_cast<size_t>(from_row) * dim, dim, to.data() + static_cast<size_t>(to_row) * dim);
}

template <typename T>
double norm(const T* x, int dim) {
    double sum = 0;
    for (int k = 0; k < dim; ++k) sum += to_double(x[k]) * to_double(x[k]);
    return std::sqrt(sum);
}

// x·y / (max(|x|, 1e-8) max(|y|, 1e-8)) in float64.
template <typename T>
double cosine(const T* x, const T* y, int dim) {
    double dot = 0;
    for (int k = 0; k < dim; ++k) dot += to_double(x[k]) * to_double(y[k]);
    return dot / std::max(norm(x, dim), 1e-8) / std::max(norm(y, dim), 1e-8);
}

// |actual - expected|; infinite where exactly one of them is NaN.
inline double difference(double actual, double expected) {
    if (std::isnan(actual) || std::isnan(expected)) return std::isnan(actual) == std::isnan(expected) ? 0 : Inf;
    return std::abs(actual - expected);
}

inline bool same_bits(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

inline unsigned blocks_for(int items, int per_block) { return static_cast<unsigned>(std::max(1, (items + per_block - 1) / per_block)); }

inline void launch(Order order, dim3 grid, int threads, size_t shared_bytes, const std::function<void()>& kernel) {
    emulation::machine.launch(grid, {static_cast<unsigned>(threads)}, shared_bytes, order, kernel);
}

}  // namespace test
