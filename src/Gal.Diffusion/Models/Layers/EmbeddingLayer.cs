using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>A table of vectors by index.</summary>
internal sealed class EmbeddingLayer : nn.Module<Tensor, Tensor>
{
    // Not readonly: Textual Inversion appends rows.
    public Parameter weight;

    public EmbeddingLayer(long count, long size)
        : base(nameof(EmbeddingLayer))
    {
        weight = new Parameter(empty(count, size));
        RegisterComponents();
    }

    /// <summary>Appends rows and says the first one's index.</summary>
    public int Append(Tensor rows)
    {
        var old = weight;
        var first = (int)old.shape[0];
        // Registered by name: assigning the field alone would leave the old parameter in state_dict.
        weight = new Parameter(cat([old, rows], 0), old.requires_grad);
        ConditionallyRegisterParameter(nameof(weight), weight);
        old.Dispose();
        return first;
    }

    public override Tensor forward(Tensor indices)
    {
        using var flat = indices.flatten();
        using var rows = weight.index_select(0, flat);
        return rows.view([.. indices.shape, weight.shape[1]]);
    }
}
