#include "support.h"
using namespace test;

namespace {
// A round with its results; counts may differ from direction to direction.
template <typename T>
struct Round {
    int dim, text_count, direction_count, image_count;
    Buffer<int> first_images;
    Buffer<T> images, prompts, texts;
    Buffer<float> prompt_similarities, non_soi_similarities, uncertainties, openness;
    Buffer<int> overfit_flags, overfit_counts, not_finite_counts, best_images, finished;

    Round(std::vector<int> counts, int text_count, int dim, unsigned seed = 1)
        : dim(dim), text_count(text_count), direction_count(int(counts.size())), image_count(0), first_images(counts.size() + 1),
          images(offsets(counts), 0), prompts(random_rows<T>(direction_count, dim, seed + 1)), texts(random_rows<T>(text_count, dim, seed + 2)),
          prompt_similarities(image_count), non_soi_similarities(image_count), uncertainties(direction_count), openness(1), overfit_flags(image_count),
          overfit_counts(direction_count), not_finite_counts(direction_count), best_images(direction_count), finished(1) {
        images = random_rows<T>(image_count, dim, seed);
        finished[0] = 0;
    }

    template <int V>
    void judge(int threads, Order order, float factor = 0.005f) {
        const RoundResults results = {prompt_similarities.data(), non_soi_similarities.data(), overfit_flags.data(), overfit_counts.data(), not_finite_counts.data(),
                                      best_images.data(), uncertainties.data(), openness.data(), finished.data()};
        const size_t shared = threads / 32 * sizeof(WarpJudgement) + (text_count + 1) * sizeof(float);
        launch(order, {unsigned(direction_count)}, threads, shared,
               [&] { judge_directions<V>(images.data(), first_images.data(), prompts.data(), texts.data(), text_count, dim, factor, results); });
    }

    const T* image(int j) const { return images.data() + size_t(j) * dim; }
    int count_of(int direction) const { return first_images[direction + 1] - first_images[direction]; }
    bool intact() const {
        return prompt_similarities.intact() && non_soi_similarities.intact() && uncertainties.intact() && openness.intact() && overfit_flags.intact() &&
               overfit_counts.intact() && not_finite_counts.intact() && best_images.intact() && finished.intact();
    }

private:
    size_t offsets(const std::vector<int>& counts) {
        for (size_t i = 0; i < counts.size(); ++i) first_images[i] = image_count, image_count += counts[i];
        first_images[counts.size()] = image_count;
        return size_t(image_count) * dim;
    }
};

double entropy(int overfitted, int count) {
    if (overfitted == 0 || overfitted == count) return 0;
    const double p = double(overfitted) / count;
    return -p * std::log(p) - (1 - p) * std::log(1 - p);
}

// Similarities against double; decisions against what the method says of the kernel's own similarities.
template <typename T>
void check_round(const Round<T>& round, float factor = 0.005f) {
    double largest = 0, sum = 0;
    for (int d = 0; d < round.direction_count; ++d) {
        CAPTURE(d);
        int overfitted = 0, not_finite = 0, best = -1;
        for (int j = round.first_images[d]; j < round.first_images[d + 1]; ++j) {
            double highest = -Inf;
            for (int t = 0; t < round.text_count; ++t) {
                const double c = cosine(round.image(j), round.texts.data() + size_t(t) * round.dim, round.dim);
                highest = std::isnan(highest) || highest > c ? highest : c;
            }
            const float own = round.prompt_similarities[j], non_soi = round.non_soi_similarities[j];
            largest = std::max({largest, difference(own, cosine(round.image(j), round.prompts.data() + size_t(d) * round.dim, round.dim)), difference(non_soi, highest)});
            CHECK(round.overfit_flags[j] == !(own > non_soi));
            overfitted += !(own > non_soi), not_finite += std::isnan(own) || std::isnan(non_soi);
            if (!std::isnan(own) && !std::isnan(non_soi) && (best < 0 || own > round.prompt_similarities[round.first_images[d] + best])) best = j - round.first_images[d];
        }
        CHECK(round.overfit_counts[d] == overfitted);
        CHECK(round.not_finite_counts[d] == not_finite);
        CHECK(round.best_images[d] == best);
        CHECK(difference(round.uncertainties[d], entropy(overfitted, round.count_of(d))) < 3e-7);
        sum += entropy(overfitted, round.count_of(d));
    }
    CHECK(largest < 4e-7);
    CHECK(difference(round.openness[0], factor * sum / round.direction_count) < 1e-6 * factor);
    CHECK(round.finished[0] == 0);
    CHECK(round.intact());
}
}  // namespace

TEST_CASE("judge: every block size and number of images around the warps, against double") {
    for (const int threads : {32, 64, 96, 256})
        for (const int count : {1, 7, 8, 9, 10, 31, 32, 33}) {
            CAPTURE(threads); CAPTURE(count);
            Round<float> round({count, 1, count + 2}, 3, 20);
            round.judge<4>(threads, Order::Forward);
            check_round(round);
        }
}

TEST_CASE("judge: every type, width and number of texts, in every scheduling order") {
    for (const auto order : AllOrders)
        for (const int texts : {1, 2, 19}) {
            CAPTURE(int(order)); CAPTURE(texts);
            Round<float> wide({10, 10, 9}, texts, 512), odd({9, 3}, texts, 67);
            Round<__half> half({11}, texts, 132);
            Round<__nv_bfloat16> brain({5, 11}, texts, 33);
            wide.judge<4>(256, order), odd.judge<1>(256, order), half.judge<4>(96, order), brain.judge<1>(64, order);
            check_round(wide), check_round(odd), check_round(half), check_round(brain);
        }
}

TEST_CASE("judge: the same round twice, without resetting anything between") {
    Round<float> round({10, 10}, 4, 64);
    round.judge<4>(256, Order::Forward);
    round.judge<4>(256, Order::Forward);
    check_round(round);
}

TEST_CASE("judge: more directions than lanes add up to the openness") {
    Round<float> round(std::vector<int>(71, 4), 2, 8, 9);
    round.judge<4>(64, Order::Shuffled, 1.0f);
    check_round(round, 1.0f);
    CHECK(round.openness[0] > 0.1f);
}

TEST_CASE("judge: a prompt that is also a non-SoI text ties, and a tie is overfitted") {
    for (const int place : {0, 1, 4}) {
        Round<float> round({9}, 5, 132);
        for (int t = 0; t < 5; ++t)
            for (int k = 0; k < 132; ++k) round.texts[t * 132 + k] = -round.prompts[k];
        copy_row(round.texts, place, round.prompts, 0, 132);
        // images on the prompt's side, so that the tie is the maximum
        for (int j = 0; j < 9; ++j)
            for (int k = 0; k < 132; ++k) round.images[j * 132 + k] = round.images[j * 132 + k] * 0.5f + round.prompts[k];
        round.judge<4>(256, Order::Forward);
        check_round(round);
        CHECK(round.overfit_counts[0] == 9);
        CHECK(round.uncertainties[0] == 0);
    }
}

TEST_CASE("judge: the best image that comes up twice is the first, across warps, in every scheduling order") {
    for (const auto order : AllOrders)
        for (const auto& [first, second] : {std::pair{2, 5}, {5, 26}, {7, 8}, {0, 31}, {13, 14}}) {
            CAPTURE(first); CAPTURE(second);
            Round<float> round({32}, 2, 36);
            copy_row(round.images, second, round.prompts, 0, 36), copy_row(round.images, first, round.prompts, 0, 36);
            round.judge<4>(256, order);
            check_round(round);
            CHECK(round.best_images[0] == first);
        }
}

TEST_CASE("judge: images and texts with NaN or infinity are overfitted, counted, and never the best") {
    for (const float value : {NaN, Inf}) {
        Round<float> round({10, 3}, 3, 16);
        copy_row(round.images, 4, round.prompts, 0, 16);
        round.images[4 * 16 + 15] = value;
        for (int j = 10; j < 13; ++j) round.images[j * 16] = value;
        round.judge<4>(256, Order::Forward);
        check_round(round);
        CHECK(round.overfit_flags[4] == 1);
        CHECK(round.not_finite_counts[0] == 1);
        CHECK(round.best_images[0] != 4);
        CHECK(round.not_finite_counts[1] == 3);
        CHECK(round.best_images[1] == -1);
    }
    for (const int text : {0, 1, 2}) {  // a NaN at any place among the texts survives the maximum
        Round<float> round({10}, 3, 16);
        round.texts[text * 16] = NaN;
        round.judge<4>(256, Order::Forward);
        check_round(round);
        CHECK(round.overfit_counts[0] == 10);
        CHECK(round.best_images[0] == -1);
    }
}

TEST_CASE("judge: negative similarities have a best image too, and a zero image ties at 0") {
    Round<float> round({4}, 2, 12);
    for (int j = 0; j < 4; ++j)
        for (int k = 0; k < 12; ++k) round.images[j * 12 + k] = -round.prompts[k] + 0.1f * round.images[j * 12 + k];
    round.judge<4>(64, Order::Forward);
    check_round(round);
    CHECK(round.best_images[0] >= 0);
    set_row(round.images, 2, 12, 0);
    round.judge<4>(64, Order::Forward);
    check_round(round);
    CHECK(round.best_images[0] == 2);
    CHECK(round.overfit_flags[2] == 1);
}

TEST_CASE("judge: uncertainty of every count up to 64 images, symmetric to the last bit") {
    for (int count = 1; count <= 64; ++count)
        for (int overfitted = 0; overfitted <= count; ++overfitted) {
            CHECK(difference(uncertainty_of(overfitted, count), entropy(overfitted, count)) < 3e-7);
            CHECK(same_bits(uncertainty_of(overfitted, count), uncertainty_of(count - overfitted, count)));
        }
}

TEST_CASE("judge: entry point") {
    Round<float> round({3}, 2, 8);
    const RoundResults results = {round.prompt_similarities.data(), round.non_soi_similarities.data(), round.overfit_flags.data(), round.overfit_counts.data(),
                                  round.not_finite_counts.data(), round.best_images.data(), round.uncertainties.data(), round.openness.data(), round.finished.data()};
    launch(Order::Forward, {1}, 32, sizeof(WarpJudgement) + 3 * sizeof(float),
           [&] { judge_directions_f32_v4(round.images.data(), round.first_images.data(), round.prompts.data(), round.texts.data(), 2, 8, 0.005f, results); });
    check_round(round);
}
