using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>Residual blocks of the VAE at one resolution, with the attention of the middle block and the change of resolution after them.</summary>
internal sealed class PreparedVaeStage : IDisposable
{
    private readonly List<PreparedResnetBlock> _resnets = [];
    private readonly PreparedVaeAttention? _attention;
    private readonly PackedConvolution? _downsampler;
    private readonly PackedConvolution? _upsampler;

    /// <summary>Reads the stage's weights; its layers are those whose names the tensors carry.</summary>
    public PreparedVaeStage(WeightScope weights, long groupCount)
    {
        while (weights.Contains($"resnets.{_resnets.Count}.norm1.weight"))
        {
            _resnets.Add(new PreparedResnetBlock(weights.At($"resnets.{_resnets.Count}"), groupCount, PreparedVae.Epsilon));
        }

        _attention = weights.Contains("attentions.0.to_q.weight") ? new PreparedVaeAttention(weights.At("attentions.0"), groupCount) : null;
        _downsampler = weights.Contains("downsamplers.0.conv.weight") ? weights.Convolution("downsamplers.0.conv", stride: 2) : null;
        _upsampler = weights.Contains("upsamplers.0.conv.weight") ? weights.Convolution("upsamplers.0.conv", padding: 1) : null;
    }

    /// <summary>Runs the stage and disposes its input.</summary>
    public Tensor Forward(Tensor input)
    {
        var hidden = input;
        for (var layer = 0; layer < _resnets.Count; layer++)
        {
            using var before = hidden;
            hidden = _resnets[layer].Forward(before);
            if (layer == 0)
            {
                _attention?.Forward(hidden);
            }
        }

        return _downsampler is not null ? Downsample(hidden) : _upsampler is not null ? Upsample(hidden) : hidden;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _resnets.ForEach(resnet => resnet.Dispose());
        _attention?.Dispose();
        _downsampler?.Dispose();
        _upsampler?.Dispose();
    }

    // The VAE pads below and to the right alone, which a convolution's own padding cannot express.
    private Tensor Downsample(Tensor hidden)
    {
        using var input = hidden;
        using var scope = NewDisposeScope();
        var pixels = input.permute(0, 2, 3, 1);
        var padded = nn.functional.pad(pixels, [0, 0, 0, 1, 0, 1]).contiguous().permute(0, 3, 1, 2);
        return _downsampler!.Apply(padded).MoveToOuterDisposeScope();
    }

    private Tensor Upsample(Tensor hidden)
    {
        using var small = hidden;
        using var large = nn.functional.interpolate(small, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
        return _upsampler!.Apply(large);
    }
}
