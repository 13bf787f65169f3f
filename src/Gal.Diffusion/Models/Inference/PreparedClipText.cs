using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>CLIP's text tower made ready in float32: hidden states for the UNet. Equal to the module within rounding.</summary>
internal sealed class PreparedClipText : IDisposable
{
    private readonly Tensor _tokens;
    private readonly Tensor _positions;
    private readonly Normalization _normAfter;
    private readonly List<PreparedClipLayer> _layers = [];

    /// <summary>Reads the weights.</summary>
    /// <param name="tensors">A CLIPTextModel's or CLIPModel's tensors by their Hugging Face names, with the prefix <c>text_model.</c>.</param>
    /// <param name="shape">What the names do not tell.</param>
    public PreparedClipText(IReadOnlyDictionary<string, Tensor> tensors, ClipTowerShape shape)
    {
        var tower = new WeightScope(tensors, float32).At("text_model");
        using var scope = NewDisposeScope();
        _tokens = tower["embeddings.token_embedding.weight"].detach().to(float32).alias().DetachFromDisposeScope();
        _positions = tower["embeddings.position_embedding.weight"].detach().to(float32).alias().DetachFromDisposeScope();
        _normAfter = tower.LayerNorm("final_layer_norm", shape.Epsilon);
        while (tower.Contains($"encoder.layers.{_layers.Count}.layer_norm1.weight"))
        {
            _layers.Add(new PreparedClipLayer(tower.At($"encoder.layers.{_layers.Count}"), shape.HeadCount, shape.Epsilon, shape.UsesQuickGelu, isCausal: true));
        }
    }

    /// <summary>The hidden states after the last layer and its normalisation.</summary>
    /// <param name="ids">[batch, tokens], int64. Borrowed.</param>
    /// <returns>[batch, tokens, features], float32; the caller disposes it.</returns>
    public Tensor Forward(Tensor ids)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var embedded = (_tokens.index(TensorIndex.Tensor(ids)) + _positions.narrow(0, 0, ids.shape[1])).contiguous();
        var hidden = ChannelsLast.OfTokens(embedded);
        _layers.ForEach(layer => layer.Forward(hidden));
        return ChannelsLast.Tokens(_normAfter.Layer(hidden)).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _positions.Dispose();
        _normAfter.Dispose();
        _layers.ForEach(layer => layer.Dispose());
    }
}
