using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A module's tensors as it computes with them: low-rank updates that are attached to its layers are part of the weights.</summary>
internal static class EffectiveWeights
{
    /// <summary>The tensors by name.</summary>
    /// <param name="module">Its own weights are not changed.</param>
    /// <returns>Borrowed from the module, but for the adapted weights, which belong to the present dispose scope.</returns>
    public static IReadOnlyDictionary<string, Tensor> Of(nn.Module module)
    {
        using var noGrad = no_grad();
        var tensors = new Dictionary<string, Tensor>(module.state_dict(), StringComparer.Ordinal);
        foreach (var (name, child) in module.named_modules())
        {
            if (child is IAdaptableLayer { Updates.Count: > 0 } layer)
            {
                var weight = layer.Weight.to(ScalarType.Float32);
                tensors[$"{name}.weight"] = layer.Updates.Aggregate(weight, (sum, update) => sum + update.Delta(weight.shape));
            }
        }

        return tensors;
    }
}
