// logf of clang_device.h, which the build without an SDK needs: worst error over about four million numbers of every exponent.
#include "support.h"
using namespace test;

TEST_CASE("logarithm: within 1.5 units in the last place over all normal numbers") {
    double worst = 0;
    for (uint32_t bits = 0x00800000; bits < 0x7f800000; bits += 509) {
        const float x = std::bit_cast<float>(bits);
        const double expected = std::log(double(x));
        if (x != 1) worst = std::max(worst, std::abs(logf(x) - expected) / std::abs(expected) * 0x1p23);
    }
    CHECK(worst < 1.5);
    CHECK(logf(1) == 0);
}
