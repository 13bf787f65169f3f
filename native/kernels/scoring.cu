// Entry points of Gal's scoring kernels. What each computes, its bounds and its numerics stand at the head of its .cuh file; src/Gal.Cuda/ScoringKernels.cs has one typed
// method for each. Names: KERNEL_TYPE_FORM. TYPE: f32, f16, bf16. FORM: a dim (rows in registers), v4 (dim % 4 == 0, aligned rows) or v1 (anything).
#include "cosine.cuh"
#include "cosine_mma.cuh"
#include "judge_directions.cuh"
#include "row_norms.cuh"
#include "top_k.cuh"

#define GAL_KERNEL extern "C" __global__ void __launch_bounds__(256)

#define GAL_ANY_KERNELS(T, TYPE, V)                                                                                                                     \
    GAL_KERNEL row_norms_##TYPE##_v##V(const T* rows, float* norms, int row_count, int dim) { row_norms<V>(rows, norms, row_count, dim); }                \
    GAL_KERNEL cosine_##TYPE##_v##V(const T* rows, const T* columns, float* similarities, int row_count, int column_count, int dim, int tile_columns) {   \
        cosine_any<V>(rows, columns, similarities, row_count, column_count, dim, tile_columns);                                                          \
    }                                                                                                                                                    \
    GAL_KERNEL judge_directions_##TYPE##_v##V(const T* images, const int* first_images, const T* prompts, const T* texts, int text_count, int dim,        \
                                              float openness_factor, RoundResults results) {                                                             \
        judge_directions<V>(images, first_images, prompts, texts, text_count, dim, openness_factor, results);                                            \
    }

#define GAL_TILED_KERNEL(T, TYPE, DIM, ROWS)                                                                                                            \
    GAL_KERNEL cosine_##TYPE##_##DIM(const T* rows, const T* columns, float* similarities, int row_count, int column_count, int tile_columns) {           \
        cosine_tiled<DIM, ROWS>(rows, columns, similarities, row_count, column_count, tile_columns);                                                     \
    }

#define GAL_MMA_KERNEL(T, TYPE)                                                                                                                         \
    GAL_KERNEL cosine_mma_##TYPE(const T* rows, const T* columns, const float* row_norms, const float* column_norms, float* similarities, int row_count,  \
                                 int column_count, int dim) {                                                                                            \
        cosine_mma(rows, columns, row_norms, column_norms, similarities, row_count, column_count, dim);                                                  \
    }

// Rows a warp: as many as leave registers for two blocks a multiprocessor.
#define GAL_KERNELS(T, TYPE)            \
    GAL_ANY_KERNELS(T, TYPE, 1)         \
    GAL_ANY_KERNELS(T, TYPE, 4)         \
    GAL_TILED_KERNEL(T, TYPE, 128, 4)   \
    GAL_TILED_KERNEL(T, TYPE, 512, 4)   \
    GAL_TILED_KERNEL(T, TYPE, 768, 2)   \
    GAL_TILED_KERNEL(T, TYPE, 1024, 2)

GAL_KERNELS(float, f32)
GAL_KERNELS(__half, f16)
GAL_KERNELS(__nv_bfloat16, bf16)
GAL_MMA_KERNEL(__half, f16)
GAL_MMA_KERNEL(__nv_bfloat16, bf16)
GAL_KERNEL top_k_f32(const float* values, int* indices, int count, int k) { top_k(values, indices, count, k); }
