using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The text encoder without gradients: laid out for oneDNN on a CPU that it supports, the module itself elsewhere. Both are equal within rounding.</summary>
/// <remarks>Not safe for use by several threads at once: it belongs to the device's worker.</remarks>
public sealed class ClipTextEncoder : IDisposable
{
    private readonly ClipTextModel _model;
    private readonly PreparedClipText? _prepared;

    /// <summary>Makes the fastest form for the device that the weights are on.</summary>
    /// <param name="model">The weights, float32, with the LoRAs that are attached to them. Borrowed, and shared.</param>
    public ClipTextEncoder(ClipTextModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        if (model.parameters().First().device_type == TorchSharp.DeviceType.CPU && OneDnn.IsAvailable)
        {
            using var scope = NewDisposeScope();
            _prepared = new PreparedClipText(EffectiveWeights.Of(model), ClipTowerShape.Of(model.Config));
        }
    }

    /// <summary>The hidden states after the last layer and its normalisation.</summary>
    /// <param name="ids">[batch, tokens], int64. Borrowed.</param>
    /// <returns>[batch, tokens, features], float32; the caller disposes it.</returns>
    public Tensor HiddenStates(Tensor ids)
    {
        using var noGrad = no_grad();
        return _prepared?.Forward(ids) ?? _model.call(ids);
    }

    /// <inheritdoc/>
    public void Dispose() => _prepared?.Dispose();
}
