using Gal.Scoring.Backends;
using TorchSharp;

namespace Gal.Scoring.Embedding;

/// <summary>Rows of features on a card, where torch has put them and the kernels read them.</summary>
/// <param name="features">[rows, dimension], contiguous, in no dispose scope. Owned.</param>
internal sealed class TensorFeatureRows(torch.Tensor features) : FeatureRows(checked((int)features.shape[0]), checked((int)features.shape[1]))
{
    /// <summary>Rows put below each other on the card. Device work: for the device's thread.</summary>
    /// <param name="parts">One or more, of the same dimension. Borrowed.</param>
    public static TensorFeatureRows Join(IReadOnlyList<TensorFeatureRows> parts)
    {
        using var inference = torch.inference_mode();
        return new(torch.cat([.. parts.Select(part => part.Features)]));
    }

    private torch.Tensor Features => features;

    /// <inheritdoc/>
    public override DeviceEmbeddings ToBackend() => TensorEmbeddings.OnCard(features);

    /// <inheritdoc/>
    public override TensorFeatureRows Slice(int first, int count) => new(features.narrow(0, first, count));

    /// <inheritdoc/>
    public override void Dispose() => features.Dispose();
}
