using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Unet;

/// <summary>Transformer layers over the pixels of a feature map (Transformer2DModel).</summary>
internal sealed class SpatialTransformer : nn.Module<Tensor, Tensor, Tensor>
{
    // diffusers' own constant, apart from the residual layers' norm_eps.
    private const double NormEpsilon = 1e-6;

    public readonly GroupNormLayer norm;
    public readonly nn.Module<Tensor, Tensor> proj_in;
    public readonly ModuleList<TransformerBlock> transformer_blocks;
    public readonly nn.Module<Tensor, Tensor> proj_out;
    private readonly bool _isLinear;

    public SpatialTransformer(long channels, int headCount, UNetConfig config)
        : base(nameof(SpatialTransformer))
    {
        _isLinear = config.UseLinearProjection;
        norm = new GroupNormLayer(config.NormNumGroups, channels, NormEpsilon);
        proj_in = Projection(channels);
        transformer_blocks = new ModuleList<TransformerBlock>([.. Enumerable.Range(0, config.TransformerLayersPerBlock).Select(_ => new TransformerBlock(channels, config.CrossAttentionDim, headCount))]);
        proj_out = Projection(channels);
        RegisterComponents();
    }

    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="context">[batch, tokens, context].</param>
    public override Tensor forward(Tensor input, Tensor context)
    {
        using var scope = NewDisposeScope();
        var shape = input.shape;
        var normed = norm.call(input);
        var states = _isLinear ? proj_in.call(ToSequence(normed)) : ToSequence(proj_in.call(normed));
        foreach (var block in transformer_blocks)
        {
            states = block.call(states, context);
        }
        return ((_isLinear ? ToMap(proj_out.call(states), shape) : proj_out.call(ToMap(states, shape))) + input).MoveToOuterDisposeScope();
    }

    private static Tensor ToSequence(Tensor map) => map.flatten(2).transpose(1, 2);

    private static Tensor ToMap(Tensor sequence, long[] shape) => sequence.transpose(1, 2).reshape(shape);

    private nn.Module<Tensor, Tensor> Projection(long channels) => _isLinear ? new LinearLayer(channels, channels) : new ConvolutionLayer(channels, channels, 1);
}
