using System.Numerics;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>
/// AdamW on the CPU in one pass over memory: each value of parameter, gradient and both moments is read once and written once, where libtorch's operations
/// make a dozen passes. Parameters are cut into segments of fixed length, so that the result does not depend on the number of threads.
/// </summary>
internal sealed unsafe class AdamWKernel
{
    private const int SegmentLength = 1 << 15;

    private readonly Tensor[] _parameters;
    private readonly Segment[] _segments;
    private readonly nint[] _gradients;
    private readonly double[] _sums;
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()) };

    /// <param name="parameters">Contiguous float32 on the CPU. Borrowed, as are the moments of the same shapes; none may be reallocated.</param>
    /// <param name="means">m.</param>
    /// <param name="variances">v.</param>
    public AdamWKernel(Tensor[] parameters, Tensor[] means, Tensor[] variances)
    {
        _parameters = parameters;
        _gradients = new nint[parameters.Length];
        _segments = [.. parameters.SelectMany((parameter, i) => Cut(i, parameter, means[i], variances[i]))];
        _sums = new double[_segments.Length];
    }

    /// <summary>The norm of all gradients together; a parameter without one counts as 0.</summary>
    public double GradientNorm()
    {
        FindGradients();
        Parallel.For(0, _segments.Length, _parallel, i => _sums[i] = SumOfSquares(_segments[i]));
        return Math.Sqrt(_sums.Sum());
    }

    /// <summary>One step with the gradients that <see cref="GradientNorm"/> found.</summary>
    public void Step(AdamWStep settings)
    {
        FindGradients();
        Parallel.For(0, _segments.Length, _parallel, i => Update(_segments[i], settings));
    }

    private static nint Address(Tensor tensor)
    {
        fixed (byte* start = tensor.bytes)
        {
            // Native memory: it does not move.
            return (nint)start;
        }
    }

    private static IEnumerable<Segment> Cut(int parameter, Tensor value, Tensor mean, Tensor variance)
    {
        var (p, m, v, count) = (Address(value), Address(mean), Address(variance), value.numel());
        for (long offset = 0; offset < count; offset += SegmentLength)
        {
            var start = (nint)(offset * sizeof(float));
            yield return new Segment(parameter, start, p + start, m + start, v + start, (int)Math.Min(SegmentLength, count - offset));
        }
    }

    private void FindGradients()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _parameters.Length; i++)
        {
            var gradient = _parameters[i].grad;
            if (gradient is not null && !gradient.is_contiguous())
            {
                _parameters[i].grad = gradient = gradient.contiguous();
            }

            _gradients[i] = gradient is null ? 0 : Address(gradient);
        }
    }

    private double SumOfSquares(Segment segment)
    {
        if (_gradients[segment.Parameter] == 0)
        {
            return 0;
        }

        var gradients = new ReadOnlySpan<float>((void*)(_gradients[segment.Parameter] + segment.Offset), segment.Length);
        double sum = 0;

        // A few thousand squares at a time in float32, so that their sum keeps its digits.
        for (var start = 0; start < gradients.Length; start += 4096)
        {
            sum += System.Numerics.Tensors.TensorPrimitives.SumOfSquares(gradients.Slice(start, Math.Min(4096, gradients.Length - start)));
        }

        return sum;
    }

    private void Update(Segment segment, AdamWStep settings)
    {
        if (_gradients[segment.Parameter] == 0)
        {
            return;
        }

        float* p = (float*)segment.Value, m = (float*)segment.Mean, v = (float*)segment.Variance;
        var g = (float*)(_gradients[segment.Parameter] + segment.Offset);
        var width = Vector<float>.Count;
        var i = 0;
        for (; i <= segment.Length - width; i += width)
        {
            var (mean, variance, value) = Advance(Vector.Load(p + i), Vector.Load(m + i), Vector.Load(v + i), Vector.Load(g + i), settings);
            Vector.Store(mean, m + i);
            Vector.Store(variance, v + i);
            Vector.Store(value, p + i);
        }

        for (; i < segment.Length; i++)
        {
            var (mean, variance, value) = Advance(new Vector<float>(p[i]), new Vector<float>(m[i]), new Vector<float>(v[i]), new Vector<float>(g[i]), settings);
            (m[i], v[i], p[i]) = (mean[0], variance[0], value[0]);
        }
    }

    // m ← m + (1 - β₁)(g - m);  v ← β₂ v + (1 - β₂) g²;  p ← decay p - size m / (√v / root + ε)
    private static (Vector<float> Mean, Vector<float> Variance, Vector<float> Value) Advance(Vector<float> value, Vector<float> mean, Vector<float> variance, Vector<float> gradient, AdamWStep settings)
    {
        gradient *= settings.GradientScale;
        mean += (gradient - mean) * (float)(1 - AdamW.Beta1);
        variance = (variance * (float)AdamW.Beta2) + (gradient * gradient * (float)(1 - AdamW.Beta2));
        var denominator = (Vector.SquareRoot(variance) / new Vector<float>(settings.RootCorrection)) + new Vector<float>((float)AdamW.Epsilon);
        return (mean, variance, (value * settings.Decay) - (settings.StepSize * mean / denominator));
    }

    private readonly record struct Segment(int Parameter, nint Offset, nint Value, nint Mean, nint Variance, int Length);
}
