using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Layers;

// Sets the number of threads, and so runs while no other test does.
[Collection(TensorCounts.Name)]
public class PointwiseConvolutionTests
{
    [Theory]
    [InlineData(1024, 512, 2)]
    [InlineData(1024, 512, 4)]
    [InlineData(2048, 1024, 2)]
    public void Forward_ChannelsLastOnTwoThreads_IsTheSumOverChannels(int input, int output, int pictures)
    {
        using var scope = NewDisposeScope();
        set_num_threads(2);
        try
        {
            var layer = new ConvolutionLayer(input, output, kernelSize: 1);
            using (no_grad())
            {
                layer.weight.fill_(1f / input);
                layer.bias!.fill_(1);
            }

            var pixels = ones(pictures, 4 * 4, input).transpose(1, 2).reshape(pictures, input, 4, 4);
            TensorAssert.Close(full([pictures, output, 4, 4], 2f), layer.call(pixels), 1e-4, "output");
        }
        finally
        {
            set_num_threads(1);
        }
    }
}
