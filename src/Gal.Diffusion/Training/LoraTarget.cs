using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>LoRA on to_q, to_k, to_v and to_out.0 of every attention (Hu et al. 2022); the UNet's own weights stay.</summary>
internal sealed class LoraTarget : ITrainingTarget
{
    private readonly LoraAdapter _adapter;
    private readonly LoraOptions _options;

    /// <param name="unet">Owned from here on.</param>
    /// <param name="options">Rank, alpha and dropout.</param>
    /// <param name="seed">The training's; A and the dropout masks are drawn from a generator of their own.</param>
    public LoraTarget(UNet2DConditionModel unet, LoraOptions options, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Rank, 1, nameof(options.Rank));
        (Unet, _options) = (unet, options);
        foreach (var parameter in unet.parameters())
        {
            parameter.requires_grad = false;
        }

        // Not the seed itself: the batches are drawn from that one.
        Chance = new Generator(unchecked((ulong)~seed));
        _adapter = LoraAdapter.Create(unet, options.Rank, options.Alpha ?? options.Rank, Chance);
        _adapter.UseDropout(options.Dropout, Chance);
        _adapter.Attach();
        Parameters = [.. _adapter.Parameters.Select(entry => new NamedTensor(entry.Key, entry.Value))];
    }

    /// <inheritdoc/>
    public string Method => "lora";

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Parameters { get; }

    /// <inheritdoc/>
    public Generator? Chance { get; }

    /// <inheritdoc/>
    public UNet2DConditionModel Unet { get; }

    /// <inheritdoc/>
    public void Evaluate(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        _adapter.UseDropout(0, Chance!);
        try
        {
            work();
        }
        finally
        {
            _adapter.UseDropout(_options.Dropout, Chance!);
        }
    }

    /// <inheritdoc/>
    public void SaveWeights(string path) => _adapter.Save(path, _options.Dialect);

    /// <inheritdoc/>
    public void Dispose()
    {
        _adapter.Dispose();
        Unet.Dispose();
        Chance?.Dispose();
    }
}
