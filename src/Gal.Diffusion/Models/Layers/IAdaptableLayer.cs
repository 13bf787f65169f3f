using TorchSharp.Modules;

namespace Gal.Diffusion.Models.Layers;

/// <summary>A layer with a weight matrix, to which low-rank updates can be added without changing it.</summary>
internal interface IAdaptableLayer
{
    /// <summary>The layer's own weight, [output, input] or [output, input, height, width].</summary>
    Parameter Weight { get; }

    /// <summary>Updates that are added to the output, in this order.</summary>
    List<LowRankUpdate> Updates { get; }
}
