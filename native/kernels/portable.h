// One include for kernels that build three ways, unchanged:
//   nvcc            the CUDA SDK's own headers;
//   clang -x cuda   no SDK at all (-nocudainc -nocudalib): clang_device.h supplies what the SDK would;
//   any C++20 host  emulation/cuda_on_host.h: a block's threads are fibers on the processor (tests).
// What differs in spelling between them is at the end: GAL_DEVICE, GAL_DYNAMIC_SHARED and the tensor-core instruction.
#pragma once

#if defined(__NVCC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#define GAL_DEVICE static __device__ __forceinline__
#elif defined(__CUDA__) && defined(__clang__)
#include "clang_device.h"
#else
#include "emulation/cuda_on_host.h"
#endif

#if defined(__CUDACC__) || defined(__CUDA__)
// The block's dynamic shared memory as an array of T, aligned for float4.
#define GAL_DYNAMIC_SHARED(T, name)                                   \
    extern __shared__ __align__(16) unsigned char gal_shared_bytes[]; \
    T* name = (T*)gal_shared_bytes

// c += a b for a 16 × 16 fragment a, a 16 × 8 fragment b and a 16 × 8 fragment c (PTX: mma.m16n8k16). All 32 lanes enter.
// Lane l holds, with g = l / 4 and q = l % 4: of a, rows g and g + 8, columns 2q, 2q + 1, 2q + 8, 2q + 9; of b, column g, the same rows; of c, rows g and g + 8, columns 2q, 2q + 1.
#define GAL_MMA(type)                                                                                                                          \
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." type "." type ".f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"       \
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                                                                              \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))
GAL_DEVICE void mma_16x8x16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2], __nv_bfloat16) { GAL_MMA("bf16"); }
GAL_DEVICE void mma_16x8x16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2], __half) { GAL_MMA("f16"); }
#undef GAL_MMA
#endif
