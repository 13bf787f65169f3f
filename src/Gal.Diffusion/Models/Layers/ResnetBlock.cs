using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>x + conv(silu(norm(conv(silu(norm(x))) + timestep))): the residual layer of UNet and VAE.</summary>
internal sealed class ResnetBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    public readonly GroupNormLayer norm1;
    public readonly ConvolutionLayer conv1;
    public readonly LinearLayer? time_emb_proj;
    public readonly GroupNormLayer norm2;
    public readonly ConvolutionLayer conv2;
    public readonly ConvolutionLayer? conv_shortcut;

    /// <param name="inputChannels">Channels in.</param>
    /// <param name="outputChannels">Channels out; a 1 × 1 convolution adapts the residual where they differ.</param>
    /// <param name="timeEmbeddingSize">0 without timestep.</param>
    /// <param name="groupCount">Groups of both norms.</param>
    /// <param name="epsilon">Added to the variances.</param>
    public ResnetBlock(long inputChannels, long outputChannels, long timeEmbeddingSize, long groupCount, double epsilon)
        : base(nameof(ResnetBlock))
    {
        norm1 = new GroupNormLayer(groupCount, inputChannels, epsilon);
        conv1 = new ConvolutionLayer(inputChannels, outputChannels, 3, padding: 1);
        time_emb_proj = timeEmbeddingSize > 0 ? new LinearLayer(timeEmbeddingSize, outputChannels) : null;
        norm2 = new GroupNormLayer(groupCount, outputChannels, epsilon);
        conv2 = new ConvolutionLayer(outputChannels, outputChannels, 3, padding: 1);
        conv_shortcut = inputChannels != outputChannels ? new ConvolutionLayer(inputChannels, outputChannels, 1) : null;
        RegisterComponents();
    }

    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="activatedTime">silu of the timestep's embedding, [batch, size]; null without timestep.</param>
    public override Tensor forward(Tensor input, Tensor? activatedTime)
    {
        // What no gradient needs goes at the end of the layer, not of the model.
        using var scope = NewDisposeScope();
        var hidden = conv1.call(nn.functional.silu(norm1.call(input)));
        if (time_emb_proj is not null)
        {
            hidden = hidden + time_emb_proj.call(activatedTime!).unsqueeze(2).unsqueeze(3);
        }
        hidden = conv2.call(nn.functional.silu(norm2.call(hidden)));
        return ((conv_shortcut?.call(input) ?? input) + hidden).MoveToOuterDisposeScope();
    }
}
