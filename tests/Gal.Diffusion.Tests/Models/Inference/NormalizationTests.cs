using FsCheck.Xunit;
using Gal.Diffusion.Models.Inference;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>The vector kernels against libtorch's operators in float64.</summary>
public sealed class NormalizationTests
{
    [Theory]
    [InlineData(1, 16, 0, 1, 1, 4)]
    [InlineData(2, 64, 0, 16, 16, 32)]
    [InlineData(3, 32, 64, 7, 9, 32)]
    [InlineData(2, 192, 128, 8, 8, 32)]
    [InlineData(2, 24, 0, 5, 13, 3)]
    [InlineData(2, 12, 8, 5, 3, 4)]
    public void Group_AnyShape_EqualsReference(int batch, int first, int second, int height, int width, int groups)
    {
        using var scope = NewDisposeScope();
        var channels = first + second;
        var (a, b) = (Input(batch, first, height, width, 1), second == 0 ? null : Input(batch, second, height, width, 2));
        var (weight, bias) = (randn(channels, generator: new Generator(3)), randn(channels, generator: new Generator(4)));
        using var norm = new Normalization(weight, bias, 1e-5, groups);
        var all = (b is null ? a : cat([a, b], 1)).to(ScalarType.Float64);
        var expected = nn.functional.group_norm(all.contiguous(), groups, weight.to(ScalarType.Float64), bias.to(ScalarType.Float64), 1e-5);
        TensorAssert.Close(expected, norm.Group(a, b, silu: false), 2e-5, "normalised");
        TensorAssert.Close(expected * expected.sigmoid(), norm.Group(a, b, silu: true), 2e-5, "normalised, SiLU");
    }

    [Fact]
    public void Group_LargeMean_KeepsTheVariance()
    {
        using var scope = NewDisposeScope();
        var input = Input(1, 32, 16, 16, 5) + 1000;
        using var norm = new Normalization(ones(32), zeros(32), 1e-5, 32);
        var expected = nn.functional.group_norm(input.to(ScalarType.Float64).contiguous(), 32, ones(32, ScalarType.Float64), zeros(32, ScalarType.Float64), 1e-5);
        // float32 holds 1000 to 6e-5; the deviations of size 1 can be no better than that.
        TensorAssert.Close(expected, norm.Group(input, null, silu: false), 5e-4, "normalised");
    }

    [Fact]
    public void Group_NotANumber_ComesThrough()
    {
        using var scope = NewDisposeScope();
        var input = Input(1, 16, 2, 2, 6).clone();
        input[0, 3, 1, 1] = float.NaN;
        using var norm = new Normalization(ones(16), zeros(16), 1e-5, 1);
        Assert.True(norm.Group(input, null, silu: true).isnan().all().item<bool>());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(20)]
    [InlineData(768)]
    public void Layer_AnyWidth_EqualsReference(int channels)
    {
        using var scope = NewDisposeScope();
        var input = Input(2, channels, 3, 5, 7);
        var (weight, bias) = (randn(channels, generator: new Generator(8)), randn(channels, generator: new Generator(9)));
        using var norm = new Normalization(weight, bias, 1e-5);
        var expected = nn.functional.layer_norm(input.permute(0, 2, 3, 1).to(ScalarType.Float64), [channels], weight.to(ScalarType.Float64), bias.to(ScalarType.Float64));
        TensorAssert.Close(expected.permute(0, 3, 1, 2), norm.Layer(input), 1e-5, "normalised");
    }

    [Property]
    public bool Silu_AnyValue_IsWithinRounding(float value)
    {
        using var scope = NewDisposeScope();
        // γ = 0 and β = the value: the normalisation vanishes and SiLU is left.
        using var norm = new Normalization(zeros(16), full(16, value), 1e-5, 1);
        var found = norm.Group(Input(1, 16, 1, 1, 1), null, silu: true).ReadFirst();
        var exact = value / (1.0 + Math.Exp(-(double)value));
        return double.IsNaN(value) ? float.IsNaN(found)
            : float.IsInfinity(value) ? found.Equals(value > 0 ? value : float.NaN)
            // From x = -88.73 on e^-x is infinite in float32 and the result zero instead of up to 2.7e-37.
            : Math.Abs(found - exact) <= (4e-7 * Math.Abs(exact)) + 2.7e-37;
    }

    private static Tensor Input(int batch, int channels, int height, int width, ulong seed) =>
        randn([batch, height, width, channels], generator: new Generator(seed)).permute(0, 3, 1, 2);
}

file static class TensorReading
{
    public static float ReadFirst(this Tensor tensor) => tensor.flatten()[0].item<float>();
}
