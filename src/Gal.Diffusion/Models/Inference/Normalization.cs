using System.Runtime.Intrinsics;
using Gal.Diffusion.Models.Inference.Kernels;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>Group or layer normalisation of channels-last activations, by vector kernels where the channels fill whole registers and by libtorch elsewhere.</summary>
internal sealed unsafe class Normalization : IDisposable
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly float* _weightAddress;
    private readonly float* _biasAddress;
    private readonly int _groupCount;
    private readonly float _epsilon;

    /// <summary>Copies the parameters.</summary>
    /// <param name="weight">γ, one a channel.</param>
    /// <param name="bias">β, one a channel.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="groupCount">Groups of a group normalisation; unused by a layer normalisation.</param>
    public Normalization(Tensor weight, Tensor bias, double epsilon, long groupCount = 1)
    {
        using var scope = NewDisposeScope();
        _weight = weight.detach().to(float32).contiguous().alias().DetachFromDisposeScope();
        _bias = bias.detach().to(float32).contiguous().alias().DetachFromDisposeScope();
        _weightAddress = (float*)OneDnn.Address(_weight);
        _biasAddress = (float*)OneDnn.Address(_bias);
        _groupCount = (int)groupCount;
        _epsilon = (float)epsilon;
    }

    /// <summary>The parameters for a kernel; they live as long as this.</summary>
    public NormParameters Parameters => new() { Weight = _weightAddress, Bias = _biasAddress, Epsilon = _epsilon };

    /// <summary>Groups of a group normalisation.</summary>
    public int GroupCount => _groupCount;

    /// <summary>Group normalisation of the inputs side by side along the channels, then SiLU if asked.</summary>
    /// <param name="first">[batch, channels, height, width], channels last. Borrowed.</param>
    /// <param name="second">The further channels, or null. Borrowed.</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <returns>[batch, all channels, height, width], channels last; the caller disposes it.</returns>
    public Tensor Group(Tensor first, Tensor? second, bool silu)
    {
        var (firstChannels, secondChannels) = ((int)first.shape[1], (int)(second?.shape[1] ?? 0));
        var lanes = Lanes(firstChannels | secondChannels);
        if (lanes == 0 || (firstChannels + secondChannels) % _groupCount != 0)
        {
            return GroupByLibtorch(first, second, silu);
        }

        var result = ChannelsLast.Empty(first.shape[0], firstChannels + secondChannels, first.shape[2], first.shape[3], first.dtype, first.device);
        var pixels = (int)(first.shape[2] * first.shape[3]);
        var isHalf = first.dtype == bfloat16;
        switch (lanes, isHalf)
        {
            case (16, false): Run<Vector512<float>, Simd512Float32>(); break;
            case (16, true): Run<Vector512<float>, Simd512BFloat16>(); break;
            case (_, false): Run<Vector256<float>, Simd256Float32>(); break;
            default: Run<Vector256<float>, Simd256BFloat16>(); break;
        }

        return result;

        void Run<TVector, TSimd>()
            where TVector : unmanaged
            where TSimd : ISimd<TVector>
        {
            var kernel = new GroupNormKernel<TVector, TSimd>
            {
                First = OneDnn.Address(first),
                Second = second is null ? null : OneDnn.Address(second),
                Destination = OneDnn.Address(result),
                Weight = _weightAddress,
                Bias = _biasAddress,
                FirstChannelCount = firstChannels,
                SecondChannelCount = secondChannels,
                PixelCount = pixels,
                GroupCount = _groupCount,
                Epsilon = _epsilon,
                AppliesSilu = silu,
            };
            ParallelTeam.Run(kernel, (int)first.shape[0], result.numel());
        }
    }

    /// <summary>Layer normalisation over the channels of each pixel.</summary>
    /// <param name="input">[batch, channels, height, width], channels last. Borrowed.</param>
    /// <returns>The same shape; the caller disposes it.</returns>
    public Tensor Layer(Tensor input)
    {
        var channels = (int)input.shape[1];
        var lanes = Lanes(channels);
        if (lanes == 0)
        {
            return LayerByLibtorch(input);
        }

        var result = ChannelsLast.Empty(input.shape[0], channels, input.shape[2], input.shape[3], input.dtype, input.device);
        switch (lanes, input.dtype == bfloat16)
        {
            case (16, false): Run<Vector512<float>, Simd512Float32>(); break;
            case (16, true): Run<Vector512<float>, Simd512BFloat16>(); break;
            case (_, false): Run<Vector256<float>, Simd256Float32>(); break;
            default: Run<Vector256<float>, Simd256BFloat16>(); break;
        }

        return result;

        void Run<TVector, TSimd>()
            where TVector : unmanaged
            where TSimd : ISimd<TVector>
        {
            var kernel = new LayerNormKernel<TVector, TSimd>
            {
                Source = OneDnn.Address(input),
                Destination = OneDnn.Address(result),
                Weight = _weightAddress,
                Bias = _biasAddress,
                FeatureCount = channels,
                Epsilon = _epsilon,
            };
            ParallelTeam.Run(kernel, (int)(input.numel() / channels), input.numel());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    private static int Lanes(int channels) => channels switch
    {
        _ when Vector512.IsHardwareAccelerated && channels % 16 == 0 => 16,
        _ when Vector256.IsHardwareAccelerated && channels % 8 == 0 => 8,
        _ => 0,
    };

    private Tensor GroupByLibtorch(Tensor first, Tensor? second, bool silu)
    {
        using var scope = NewDisposeScope();
        var input = (second is null ? first : cat([first, second], 1)).to(float32).contiguous();
        var result = nn.functional.group_norm(input, _groupCount, _weight, _bias, _epsilon);
        return ChannelsLast.From(silu ? nn.functional.silu(result) : result, first.dtype).MoveToOuterDisposeScope();
    }

    private Tensor LayerByLibtorch(Tensor input)
    {
        using var scope = NewDisposeScope();
        var pixels = input.permute(0, 2, 3, 1).to(float32);
        return nn.functional.layer_norm(pixels, [input.shape[1]], _weight, _bias, _epsilon).to(input.dtype).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
