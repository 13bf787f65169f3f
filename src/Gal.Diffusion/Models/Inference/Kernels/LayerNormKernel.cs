using System.Runtime.CompilerServices;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>Layer normalisation of rows: y = (x − μ) / √(σ² + ε) · γ + β over the features of each row. The variance is of the differences from the mean.</summary>
internal unsafe struct LayerNormKernel<TVector, TSimd> : IRangeKernel
    where TVector : unmanaged
    where TSimd : ISimd<TVector>
{
    /// <summary>[rows, FeatureCount] in the storage format.</summary>
    public void* Source;

    /// <summary>[rows, FeatureCount].</summary>
    public void* Destination;

    /// <summary>γ, float32.</summary>
    public float* Weight;

    /// <summary>β, float32.</summary>
    public float* Bias;

    /// <summary>Features of a row; a multiple of the lanes.</summary>
    public int FeatureCount;

    /// <summary>ε.</summary>
    public float Epsilon;

    /// <summary>Normalises rows <paramref name="begin"/> to <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Execute(int begin, int end)
    {
        for (var row = begin; row < end; row++)
        {
            var source = (byte*)Source + ((nint)row * FeatureCount * TSimd.ElementSize);
            var destination = (byte*)Destination + ((nint)row * FeatureCount * TSimd.ElementSize);
            var sum = TSimd.Zero;
            for (var i = 0; i < FeatureCount; i += TSimd.Count)
            {
                sum = TSimd.Add(sum, TSimd.Load(source, i));
            }

            var mean = TSimd.Broadcast(TSimd.Sum(sum) / FeatureCount);
            var squares = TSimd.Zero;
            for (var i = 0; i < FeatureCount; i += TSimd.Count)
            {
                var difference = TSimd.Subtract(TSimd.Load(source, i), mean);
                squares = TSimd.FusedMultiplyAdd(difference, difference, squares);
            }

            var factor = TSimd.Broadcast(1f / MathF.Sqrt((TSimd.Sum(squares) / FeatureCount) + Epsilon));
            for (var i = 0; i < FeatureCount; i += TSimd.Count)
            {
                var normalised = TSimd.Multiply(TSimd.Subtract(TSimd.Load(source, i), mean), factor);
                TSimd.Store(TSimd.FusedMultiplyAdd(normalised, TSimd.LoadFloat(Weight + i), TSimd.LoadFloat(Bias + i)), destination, i);
            }
        }
    }
}
