using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Gal.Diffusion.Models.Inference.Kernels;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>Attention between channels-last activations, by a vector kernel where the processor has AVX-512 and by libtorch elsewhere.</summary>
internal static unsafe class Attention
{
    /// <summary>softmax(Q Kᵀ / √d) V of each head.</summary>
    /// <param name="query">[batch, heads, queries, features], float32 or bfloat16, the features side by side. Borrowed.</param>
    /// <param name="key">[batch, heads, keys, features], likewise.</param>
    /// <param name="value">[batch, heads, keys, features], likewise.</param>
    /// <param name="height">Of the result; height · width = queries.</param>
    /// <param name="width">Of the result.</param>
    /// <returns>[batch, heads · features, height, width], channels last; the caller disposes it.</returns>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value, long height, long width)
    {
        var (batch, heads, queries, features) = (query.shape[0], query.shape[1], query.shape[2], query.shape[3]);
        if (!Avx512F.IsSupported || query.dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || key.dtype != query.dtype || value.dtype != query.dtype || features % 8 != 0 || features > AttentionKernel<Simd512Float32>.LargestHeadSize)
        {
            using var attended = nn.functional.scaled_dot_product_attention(query, key, value);
            return ChannelsLast.FromHeads(attended, height, width);
        }

        var result = ChannelsLast.Empty(batch, heads * features, height, width, query.dtype, query.device);
        using var destination = ChannelsLast.Heads(result, 0, heads, features);
        if (query.dtype == bfloat16)
        {
            Run<Simd512BFloat16>();
        }
        else
        {
            Run<Simd512Float32>();
        }

        return result;

        void Run<TSimd>()
            where TSimd : ISimd<Vector512<float>>
        {
            var kernel = new AttentionKernel<TSimd>
            {
                Queries = View<TSimd>(query),
                Keys = View<TSimd>(key),
                Values = View<TSimd>(value),
                Destination = View<TSimd>(destination),
                HeadCount = (int)heads,
                HeadSize = (int)features,
                QueryCount = (int)queries,
                KeyCount = (int)key.shape[2],
            };
            ParallelTeam.Run(kernel, (int)(batch * heads), batch * heads * queries * key.shape[2]);
        }
    }

    private static AttentionKernel<TSimd>.Strided View<TSimd>(Tensor heads)
        where TSimd : ISimd<Vector512<float>>
    {
        var strides = heads.stride();
        return new AttentionKernel<TSimd>.Strided { Address = OneDnn.Address(heads), Batch = (nint)strides[0], Head = (nint)strides[1], Token = (nint)strides[2] };
    }
}
