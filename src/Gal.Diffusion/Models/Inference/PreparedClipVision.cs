using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>CLIP's vision tower (ViT) with its projection, made ready for embedding in float32. Equal to the module within rounding.</summary>
internal sealed class PreparedClipVision : IDisposable
{
    private readonly PackedConvolution _patches;
    private readonly Tensor _classEmbedding;
    private readonly Tensor _positions;
    private readonly Normalization _normBefore;
    private readonly Normalization _normAfter;
    private readonly PackedConvolution _projection;
    private readonly List<PreparedClipLayer> _layers = [];

    /// <summary>Reads the weights.</summary>
    /// <param name="tensors">A CLIPModel's tensors by their Hugging Face names.</param>
    /// <param name="shape">What the names do not tell.</param>
    public PreparedClipVision(IReadOnlyDictionary<string, Tensor> tensors, ClipTowerShape shape)
    {
        using var scope = NewDisposeScope();
        var weights = new WeightScope(tensors, float32);
        var tower = weights.At("vision_model");
        var patch = tower["embeddings.patch_embedding.weight"];
        _patches = tower.Convolution("embeddings.patch_embedding", stride: (int)patch.shape[2]);
        var positions = tower["embeddings.position_embedding.weight"].to(float32);
        _classEmbedding = (tower["embeddings.class_embedding"].to(float32) + positions[0]).DetachFromDisposeScope();
        _positions = positions.narrow(0, 1, positions.shape[0] - 1).contiguous().DetachFromDisposeScope();
        // The name is misspelt in every checkpoint.
        _normBefore = tower.LayerNorm("pre_layrnorm", shape.Epsilon);
        _normAfter = tower.LayerNorm("post_layernorm", shape.Epsilon);
        _projection = weights.Convolution("visual_projection");
        while (tower.Contains($"encoder.layers.{_layers.Count}.layer_norm1.weight"))
        {
            _layers.Add(new PreparedClipLayer(tower.At($"encoder.layers.{_layers.Count}"), shape.HeadCount, shape.Epsilon, shape.UsesQuickGelu, isCausal: false));
        }
    }

    /// <summary>Projected image features, before they are brought to length 1.</summary>
    /// <param name="pixels">[batch, 3, size, size], normalised, float32. Borrowed.</param>
    /// <returns>[batch, projection], float32; the caller disposes it.</returns>
    public Tensor Forward(Tensor pixels)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var patches = ChannelsLast.Tokens(_patches.Apply(ChannelsLast.From(pixels, float32)));
        var first = _classEmbedding.expand([patches.shape[0], 1, -1]);
        var hidden = _normBefore.Layer(ChannelsLast.OfTokens(cat([first, patches + _positions], 1)));
        _layers.ForEach(layer => layer.Forward(hidden));
        var pooled = ChannelsLast.Tokens(hidden).narrow(1, 0, 1).contiguous();
        var features = _projection.Apply(_normAfter.Layer(ChannelsLast.OfTokens(pooled)));
        return ChannelsLast.Tokens(features).squeeze(1).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _patches.Dispose();
        _classEmbedding.Dispose();
        _positions.Dispose();
        _normBefore.Dispose();
        _normAfter.Dispose();
        _projection.Dispose();
        _layers.ForEach(layer => layer.Dispose());
    }
}
