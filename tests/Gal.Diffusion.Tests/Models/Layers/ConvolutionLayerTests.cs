using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Layers;

public class ConvolutionLayerTests
{
    [Theory]
    [InlineData(64, 4)]
    [InlineData(4, 64)]
    [InlineData(40, 20)]
    [InlineData(64, 128)]
    public void Backward_BFloat16_IsNearFloat32(int inputChannels, int outputChannels)
    {
        using var scope = NewDisposeScope();
        using var layer = new ConvolutionLayer(inputChannels, outputChannels, 3, padding: 1);
        using var generator = new Generator(3);
        using (no_grad())
        {
            layer.weight.copy_(randn(layer.weight.shape, generator: generator));
            layer.bias!.zero_();
        }

        var (input, gradient) = (randn([1, inputChannels, 16, 16], generator: generator), randn([1, outputChannels, 16, 16], generator: generator));
        var (expected, expectedWeight) = Gradients(ScalarType.Float32);
        var (actual, actualWeight) = Gradients(ScalarType.BFloat16);
        TensorAssert.Close(expected, actual, 0.02 * expected.abs().max().item<float>(), "input");
        TensorAssert.Close(expectedWeight, actualWeight, 0.02 * expectedWeight.abs().max().item<float>(), "weight");
        Assert.Equal(ScalarType.Float32, actualWeight.dtype);

        (Tensor Input, Tensor Weight) Gradients(ScalarType dtype)
        {
            var leaf = input.to_type(dtype).detach().requires_grad_(true);
            layer.call(leaf).backward([gradient.to_type(dtype)]);
            var weight = layer.weight.grad!.clone();
            layer.weight.grad = null;
            return (leaf.grad!.to_type(ScalarType.Float32), weight);
        }
    }
}
