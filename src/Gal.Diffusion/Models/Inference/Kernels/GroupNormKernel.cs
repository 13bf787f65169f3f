using System.Runtime.CompilerServices;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>
/// Group normalisation over channels-last activations, SiLU after it if asked, and the concatenation of two inputs before it, in one pass over memory that fits the cache.
/// y = (x − μ_g) / √(σ²_g + ε) · γ_c + β_c, with μ and σ² over the pixels and channels of group g of one sample.
/// </summary>
/// <remarks>
/// libtorch's own kernel walks a group's few channels at every pixel and is forty times slower than this for 2 channels a group;
/// its fast kernel wants channels first, where oneDNN's convolutions then spend longer reordering than computing.
/// The variance is of the differences from the mean (two passes), so a large mean does not cancel it.
/// </remarks>
internal unsafe struct GroupNormKernel<TVector, TSimd> : IRangeKernel
    where TVector : unmanaged
    where TSimd : ISimd<TVector>
{
    /// <summary>[samples, pixels, FirstChannelCount] in the storage format.</summary>
    public void* First;

    /// <summary>[samples, pixels, SecondChannelCount], or null.</summary>
    public void* Second;

    /// <summary>[samples, pixels, FirstChannelCount + SecondChannelCount].</summary>
    public void* Destination;

    /// <summary>γ, one a channel, float32.</summary>
    public float* Weight;

    /// <summary>β, one a channel, float32.</summary>
    public float* Bias;

    /// <summary>Channels of the first input; a multiple of the lanes.</summary>
    public int FirstChannelCount;

    /// <summary>Channels of the second input; a multiple of the lanes, or 0.</summary>
    public int SecondChannelCount;

    /// <summary>Height × width.</summary>
    public int PixelCount;

    /// <summary>Groups that divide the channels evenly.</summary>
    public int GroupCount;

    /// <summary>ε.</summary>
    public float Epsilon;

    /// <summary>Whether SiLU follows.</summary>
    public bool AppliesSilu;

    /// <summary>Normalises samples <paramref name="begin"/> to <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Execute(int begin, int end)
    {
        var channels = FirstChannelCount + SecondChannelCount;
        var buffer = stackalloc float[3 * channels];
        float* mean = buffer, scale = buffer + channels, shift = buffer + (2 * channels);
        for (var sample = begin; sample < end; sample++)
        {
            var first = At(First, sample, FirstChannelCount);
            var second = At(Second, sample, SecondChannelCount);
            SumChannels(first, FirstChannelCount, null, scale);
            SumChannels(second, SecondChannelCount, null, scale + FirstChannelCount);
            AverageGroups(scale, mean, channels);
            SumChannels(first, FirstChannelCount, mean, scale);
            SumChannels(second, SecondChannelCount, mean + FirstChannelCount, scale + FirstChannelCount);
            AverageGroups(scale, shift, channels);
            for (var channel = 0; channel < channels; channel++)
            {
                scale[channel] = Weight[channel] / MathF.Sqrt(shift[channel] + Epsilon);
                shift[channel] = Bias[channel] - (mean[channel] * scale[channel]);
            }

            var destination = (byte*)Destination + ((nint)sample * PixelCount * channels * TSimd.ElementSize);
            Normalise(first, FirstChannelCount, destination, 0, channels, scale, shift);
            Normalise(second, SecondChannelCount, destination, FirstChannelCount, channels, scale, shift);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void* At(void* source, int sample, int channels) => (byte*)source + ((nint)sample * PixelCount * channels * TSimd.ElementSize);

    // Per channel: Σ x over the pixels, or Σ (x − mean)². Four registers a strip hide the latency of the additions; each strip's sum is folded every 64 pixels, which keeps float32's error at that of a cascade.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void SumChannels(void* source, int channels, float* mean, float* sums)
    {
        var lanes = TSimd.Count;
        for (var channel = 0; channel < channels; channel += lanes)
        {
            var centre = mean == null ? TSimd.Zero : TSimd.LoadFloat(mean + channel);
            var total = TSimd.Zero;
            for (var block = 0; block < PixelCount; block += 64)
            {
                var last = Math.Min(block + 64, PixelCount);
                TVector even = TSimd.Zero, odd = TSimd.Zero;
                var pixel = block;
                for (; pixel + 1 < last; pixel += 2)
                {
                    even = Accumulate(even, TSimd.Load(source, ((nint)pixel * channels) + channel), centre, mean != null);
                    odd = Accumulate(odd, TSimd.Load(source, ((nint)(pixel + 1) * channels) + channel), centre, mean != null);
                }

                if (pixel < last)
                {
                    even = Accumulate(even, TSimd.Load(source, ((nint)pixel * channels) + channel), centre, mean != null);
                }

                total = TSimd.Add(total, TSimd.Add(even, odd));
            }

            TSimd.StoreFloat(total, sums + channel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Accumulate(TVector sum, TVector x, TVector centre, bool squares)
    {
        if (!squares)
        {
            return TSimd.Add(sum, x);
        }

        var difference = TSimd.Subtract(x, centre);
        return TSimd.FusedMultiplyAdd(difference, difference, sum);
    }

    private readonly void AverageGroups(float* sums, float* averages, int channels)
    {
        var channelsPerGroup = channels / GroupCount;
        var factor = 1.0 / ((double)channelsPerGroup * PixelCount);
        for (var group = 0; group < GroupCount; group++)
        {
            var sum = 0.0;
            var offset = group * channelsPerGroup;
            for (var channel = 0; channel < channelsPerGroup; channel++)
            {
                sum += sums[offset + channel];
            }

            new Span<float>(averages + offset, channelsPerGroup).Fill((float)(sum * factor));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Normalise(void* source, int channels, void* destination, int offset, int stride, float* scale, float* shift)
    {
        for (var channel = 0; channel < channels; channel += TSimd.Count)
        {
            var factor = TSimd.LoadFloat(scale + offset + channel);
            var addend = TSimd.LoadFloat(shift + offset + channel);
            if (AppliesSilu)
            {
                for (var pixel = 0; pixel < PixelCount; pixel++)
                {
                    var y = TSimd.FusedMultiplyAdd(TSimd.Load(source, ((nint)pixel * channels) + channel), factor, addend);
                    TSimd.Store(TSimd.Silu(y), destination, ((nint)pixel * stride) + offset + channel);
                }
            }
            else
            {
                for (var pixel = 0; pixel < PixelCount; pixel++)
                {
                    var y = TSimd.FusedMultiplyAdd(TSimd.Load(source, ((nint)pixel * channels) + channel), factor, addend);
                    TSimd.Store(y, destination, ((nint)pixel * stride) + offset + channel);
                }
            }
        }
    }
}
