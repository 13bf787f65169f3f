using Gal.Diffusion.Models.Inference;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>oneDNN's fused convolutions against libtorch's plain ones.</summary>
public sealed class PackedConvolutionTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<int, int, int, int, int, int, int> Shapes => new()
    {
        { 1, 16, 16, 64, 128, 3, 1 },
        { 3, 8, 24, 64, 64, 3, 1 },
        { 2, 10, 14, 64, 64, 3, 2 },
        { 2, 5, 7, 128, 192, 3, 1 },
        { 4, 32, 1, 128, 384, 1, 1 },
        { 4, 32, 1, 128, 512, 1, 1 },
        { 4, 32, 1, 512, 128, 1, 1 },
        { 3, 8, 24, 64, 192, 1, 1 },
        { 3, 8, 24, 64, 256, 1, 1 },
        { 3, 8, 24, 256, 64, 1, 1 },
        { 2, 16, 16, 4, 64, 3, 1 },
        // Enough rows for products of matrices.
        { 8, 16, 16, 64, 256, 1, 1 },
        { 9, 16, 15, 256, 64, 1, 1 },
        { 3, 1, 1, 64, 128, 1, 1 },
        { 1, 1, 1, 64, 128, 1, 1 },
        // Layouts that oneDNN itself gets wrong: see OneDnn.Pack.
        { 3, 4, 12, 128, 512, 1, 1 },
        { 3, 8, 24, 64, 512, 1, 1 },
        { 1, 7, 9, 320, 1280, 1, 1 },
        { 1, 7, 9, 64, 320, 3, 1 },
        { 4, 32, 1, 128, 640, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AllForms_AnyShape_EqualPlainConvolution(int batch, int height, int width, int input, int output, int kernel, int stride)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var generator = new Generator(1);
        var x = randn([batch, height, width, input], generator: generator).permute(0, 3, 1, 2);
        var (weight, bias) = (randn([output, input, kernel, kernel], generator: generator) / Math.Sqrt(input * kernel * kernel), randn(output, generator: generator));
        using var packed = new PackedConvolution(weight, bias, ScalarType.Float32, kernel / 2, stride);
        var plain = nn.functional.conv2d(x.contiguous(), weight, bias, [stride, stride], [kernel / 2, kernel / 2]);
        var other = ChannelsLast.From(randn(plain.shape, generator: generator), ScalarType.Float32);
        TensorAssert.Close(plain, packed.Apply(x), Tolerance, "alone");
        TensorAssert.Close(plain * plain.sigmoid(), packed.Apply(x, Activation.Silu), Tolerance, "SiLU");
        TensorAssert.Close(nn.functional.gelu(plain), packed.Apply(x, Activation.Gelu), Tolerance, "GELU");
        TensorAssert.Close(plain + other, packed.ApplyAdd(x, other), Tolerance, "added");
        TensorAssert.Close(plain * other, packed.ApplyMultiply(x, other), Tolerance, "multiplied");
        var accumulator = other.clone();
        packed.Accumulate(x, accumulator);
        TensorAssert.Close(plain + other, accumulator, Tolerance, "accumulated");
    }

    [Theory]
    [InlineData(8, 64, 256)]
    [InlineData(8, 128, 128)]
    [InlineData(2, 192, 768)]
    public void AllForms_BFloat16_StayWithinItsRounding(int batch, int input, int output)
    {
        Assert.SkipUnless(OneDnn.Computes(ScalarType.BFloat16), "oneDNN has no bfloat16 on this processor; the product takes the modules themselves.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var generator = new Generator(2);
        var x = ChannelsLast.From(randn([batch, input, 16, 16], generator: generator), bfloat16);
        var (weight, bias) = ((randn([output, input, 1, 1], generator: generator) / Math.Sqrt(input)).to(bfloat16), randn(output, generator: generator).to(bfloat16));
        using var packed = new PackedConvolution(weight, bias, ScalarType.BFloat16);
        var plain = nn.functional.conv2d(x.to(float32).contiguous(), weight.to(float32), bias.to(float32));
        var other = ChannelsLast.From(randn(plain.shape, generator: generator), bfloat16);
        Near(plain, packed.Apply(x), "alone");
        Near(nn.functional.gelu(plain), packed.Apply(x, Activation.Gelu), "GELU");
        Near(plain + other, packed.ApplyAdd(x, other), "added");
        Near(plain * other, packed.ApplyMultiply(x, other), "multiplied");
        var accumulator = other.clone();
        packed.Accumulate(x, accumulator);
        Near(plain + other, accumulator, "accumulated");

        // 8 bits, rounded once or twice, of the largest value.
        static void Near(Tensor expected, Tensor found, string name) => TensorAssert.Close(expected, found.to(float32), 0.008 * expected.abs().max().item<float>(), name);
    }
}
