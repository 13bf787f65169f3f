namespace Gal.Imaging;

/// <summary>For every output position along one axis: the first input position, how many, and their weights as 22-bit fixed point. Pillow's precompute_coeffs and normalize_coeffs_8bpc.</summary>
internal sealed class ResampleCoefficients
{
    /// <summary>Fraction bits of a weight: 32 less 8 for the pixel and 2 for a sum that passes 255.</summary>
    public const int PrecisionBits = 22;

    private readonly int[] _weights;
    private readonly (int First, int Count)[] _bounds;
    private readonly int _stride;

    public ResampleCoefficients(int inputSize, int outputSize, ResampleFilter filter)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = (filter == ResampleFilter.Bicubic ? 2.0 : 1.0) * filterScale;
        _stride = ((int)Math.Ceiling(support) * 2) + 1;
        _weights = new int[outputSize * _stride];
        _bounds = new (int, int)[outputSize];
        var exact = new double[_stride];
        for (var i = 0; i < outputSize; i++)
        {
            var center = (i + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), inputSize) - first;
            var sum = 0.0;
            for (var j = 0; j < count; j++)
            {
                exact[j] = Weight(filter, (j + first - center + 0.5) * (1.0 / filterScale));
                sum += exact[j];
            }

            _bounds[i] = (first, count);
            for (var j = 0; j < count; j++)
            {
                var weight = exact[j] / sum * (1 << PrecisionBits);
                _weights[(i * _stride) + j] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
            }
        }
    }

    /// <summary>The input positions that make output position <paramref name="index"/>, and their weights.</summary>
    public ReadOnlySpan<int> At(int index, out int first)
    {
        (first, var count) = _bounds[index];
        return _weights.AsSpan(index * _stride, count);
    }

    private static double Weight(ResampleFilter filter, double x)
    {
        x = Math.Abs(x);
        if (filter == ResampleFilter.Bilinear)
        {
            return x < 1.0 ? 1.0 - x : 0.0;
        }

        const double a = -0.5;
        return x < 1.0 ? ((((a + 2.0) * x) - (a + 3.0)) * x * x) + 1
            : x < 2.0 ? ((((x - 5) * x) + 8) * x - 4) * a
            : 0.0;
    }
}
