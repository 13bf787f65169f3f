using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>DreamBooth: every weight of the UNet (Ruiz et al. 2023).</summary>
internal sealed class UnetTarget : ITrainingTarget
{
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" };

    /// <param name="unet">Owned from here on; float32.</param>
    public UnetTarget(UNet2DConditionModel unet)
    {
        Unet = unet;
        Unet.train();
        Parameters = [.. unet.named_parameters().Select(entry => new NamedTensor(entry.name, entry.parameter.requires_grad_(true)))];
    }

    /// <inheritdoc/>
    public string Method => "dreambooth";

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Parameters { get; }

    /// <inheritdoc/>
    public UNet2DConditionModel Unet { get; }

    /// <inheritdoc/>
    public void SaveWeights(string path) => SafetensorsWriter.Write(path, Unet.state_dict(), TorchFormat);

    /// <inheritdoc/>
    public void Dispose() => Unet.Dispose();
}
