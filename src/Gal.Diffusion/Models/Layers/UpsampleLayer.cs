using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>Enlarges to the nearest pixel, then convolves.</summary>
internal sealed class UpsampleLayer : nn.Module<Tensor, long[], Tensor>
{
    public readonly ConvolutionLayer conv;

    public UpsampleLayer(long channels)
        : base(nameof(UpsampleLayer))
    {
        conv = new ConvolutionLayer(channels, channels, 3, padding: 1);
        RegisterComponents();
    }

    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="size">Height and width of the result: twice the input's, or one less where halving rounded up.</param>
    public override Tensor forward(Tensor input, long[] size)
    {
        using var scope = NewDisposeScope();
        return conv.call(nn.functional.interpolate(input, size, mode: InterpolationMode.Nearest)).MoveToOuterDisposeScope();
    }
}
