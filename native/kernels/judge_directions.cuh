// Judges a round in one launch, since at its size (180 images, 2 to 20 texts) launches and copies cost more than the arithmetic. For image j of direction i:
//   prompt similarity      F(x_ij, p_i)
//   non-SoI similarity     max over the non-SoI texts t of F(x_ij, t); NaN if one of them is
//   overfit flag O(x_ij)   0 if prompt similarity > non-SoI similarity, else 1: a tie and a NaN count as overfitted (Eq. 5, 10)
// per direction, of N images:
//   overfit count          Σ_j O(x_ij); P1 = count / N
//   not-finite count       images with a NaN on either side
//   uncertainty U          -P1 ln P1 - P0 ln P0, 0 where P1 is 0 or 1 (Eq. 6-9). From the rarer outcome, so that 3 of 10 and 7 of 10 tie to the last bit
//   best image             the first with the highest prompt similarity, never one with a NaN; -1 if all have one
// and for the round:
//   openness               λ · mean of U (Eq. 11)
// F is cosine.cuh's. Similarities: error 2e-7; U: 3e-7; openness: 1e-6 relative.
// One block a direction, one warp an image; the block that ends last adds up the openness, in a fixed order.
#pragma once
#include "rows.cuh"

struct WarpJudgement {
    int overfit_count, not_finite_count, best_image;
    float best_similarity;
};

// True where candidate (index, similarity) comes before the best so far: higher, or as high and earlier. best_image < 0: none so far.
GAL_DEVICE bool is_better(float similarity, int image, float best_similarity, int best_image) {
    return best_image < 0 || similarity > best_similarity || (similarity == best_similarity && image < best_image);
}

// max that hands a NaN on, from either side.
GAL_DEVICE float max_or_nan(float a, float b) { return a != a || a > b ? a : b; }

GAL_DEVICE float uncertainty_of(int overfit_count, int image_count) {
    const int rarer = min(overfit_count, image_count - overfit_count);
    if (rarer <= 0) {
        return 0.0f;
    }
    const float p = (float)rarer / (float)image_count, q = (float)(image_count - rarer) / (float)image_count;
    return -p * logf(p) - q * logf(q);
}

// Where the results go: [Σ N] the first three, [direction_count] the next four, openness [1].
// finished [1] counts blocks: 0 before the first launch; the kernel leaves it at 0.
struct RoundResults {
    float *prompt_similarities, *non_soi_similarities;
    int *overfit_flags, *overfit_counts, *not_finite_counts, *best_images;
    float *uncertainties, *openness;
    int* finished;
};

// Inverse norms of the block's own prompt (place 0) and of the non-SoI texts. The whole block enters, and must synchronise after it.
template <int V, typename T>
GAL_DEVICE void fill_inverse_norms(float* inverse, const T* prompt, const T* texts, int text_count, int dim, int lane, int warp, int warps) {
    for (int t = warp; t <= text_count; t += warps) {
        const float value = inverse_norm<V>(t == 0 ? prompt : texts + (long long)(t - 1) * dim, dim, lane);
        if (lane == 0) {
            inverse[t] = value;
        }
    }
}

// One image. All 32 lanes enter; all hold the similarities.
template <int V, typename T>
GAL_DEVICE void score_image(const T* image, const T* prompt, const T* texts, const float* inverse, int text_count, int dim, int lane, float& own, float& highest) {
    const float row_inverse = inverse_norm<V>(image, dim, lane);
    own = warp_sum(lane_dot<V>(image, prompt, inverse[0], dim, lane)) * row_inverse;
    highest = __int_as_float(0xff800000);
    for (int t = 0; t < text_count; ++t) {
        const float similarity = warp_sum(lane_dot<V>(image, texts + (long long)t * dim, inverse[t + 1], dim, lane)) * row_inverse;
        highest = max_or_nan(highest, similarity);
    }
}

// One thread: joins the warps' findings and writes the direction's results.
GAL_DEVICE void write_direction(const WarpJudgement* warps_found, int warps, int direction, int image_count, const RoundResults& results) {
    WarpJudgement all = {0, 0, -1, 0.0f};
    for (int w = 0; w < warps; ++w) {
        const WarpJudgement found = warps_found[w];
        all.overfit_count += found.overfit_count;
        all.not_finite_count += found.not_finite_count;
        if (found.best_image >= 0 && is_better(found.best_similarity, found.best_image, all.best_similarity, all.best_image)) {
            all.best_similarity = found.best_similarity;
            all.best_image = found.best_image;
        }
    }
    results.overfit_counts[direction] = all.overfit_count;
    results.not_finite_counts[direction] = all.not_finite_count;
    results.best_images[direction] = all.best_image;
    results.uncertainties[direction] = uncertainty_of(all.overfit_count, image_count);
}

// The first warp of the block that ends last: λ · mean U. volatile: other blocks wrote the uncertainties, and this one may have cached them.
GAL_DEVICE void write_openness(const RoundResults& results, int direction_count, float openness_factor, int lane) {
    const volatile float* uncertainties = results.uncertainties;
    float sum = 0.0f;
    for (int i = lane; i < direction_count; i += 32) {
        sum += uncertainties[i];
    }
    sum = warp_sum(sum);
    if (lane == 0) {
        *results.openness = openness_factor * (sum / (float)direction_count);
        *results.finished = 0;
    }
}

// images [Σ N, dim]; first_images [direction_count + 1]: direction i has images first_images[i] ... first_images[i + 1] - 1; prompts [direction_count, dim];
// texts [text_count, dim]. Grid: direction_count. Dynamic shared memory: warps a block · sizeof(WarpJudgement) + (text_count + 1) floats.
template <int V, typename T>
GAL_DEVICE void judge_directions(const T* images, const int* first_images, const T* prompts, const T* texts, int text_count, int dim, float openness_factor,
                                 const RoundResults& results) {
    GAL_DYNAMIC_SHARED(WarpJudgement, found);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32, direction = blockIdx.x;
    float* inverse = (float*)(found + warps);
    const T* prompt = prompts + (long long)direction * dim;
    fill_inverse_norms<V>(inverse, prompt, texts, text_count, dim, lane, warp, warps);
    __syncthreads();

    const int first = first_images[direction], image_count = first_images[direction + 1] - first;
    WarpJudgement mine = {0, 0, -1, 0.0f};
    for (int j = warp; j < image_count; j += warps) {
        float own, highest;
        score_image<V>(images + (long long)(first + j) * dim, prompt, texts, inverse, text_count, dim, lane, own, highest);
        const bool overfitted = !(own > highest), not_finite = own != own || highest != highest;
        mine.overfit_count += overfitted;
        mine.not_finite_count += not_finite;
        if (!not_finite && is_better(own, j, mine.best_similarity, mine.best_image)) {
            mine.best_similarity = own;
            mine.best_image = j;
        }
        if (lane == 0) {
            results.prompt_similarities[first + j] = own;
            results.non_soi_similarities[first + j] = highest;
            results.overfit_flags[first + j] = overfitted;
        }
    }
    if (lane == 0) {
        found[warp] = mine;
    }
    __syncthreads();

    int last = 0;
    if (threadIdx.x == 0) {
        write_direction(found, warps, direction, image_count, results);
        __threadfence();  // the uncertainty is visible before the block counts as finished
        last = atomicAdd(results.finished, 1) == (int)gridDim.x - 1;
        __threadfence();
    }
    if (warp == 0 && __shfl_sync(GAL_ALL_LANES, last, 0) != 0) {
        write_openness(results, gridDim.x, openness_factor, lane);
    }
}
