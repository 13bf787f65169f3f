using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>DreamBooth: every weight of the UNet (Ruiz et al. 2023).</summary>
internal sealed class UnetTarget : ITrainingTarget
{
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" };

    private readonly UNet2DConditionModel _unet;

    /// <param name="unet">Owned from here on; float32.</param>
    public UnetTarget(UNet2DConditionModel unet)
    {
        _unet = unet;
        _unet.train();
        Parameters = [.. unet.named_parameters().Select(entry => new NamedTensor(entry.name, entry.parameter.requires_grad_(true)))];
    }

    /// <inheritdoc/>
    public string Method => "dreambooth";

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Parameters { get; }

    /// <inheritdoc/>
    public Tensor Predict(Tensor noisy, Tensor timesteps, IReadOnlyList<CachedPrompt> prompts) =>
        _unet.call(noisy, timesteps, CachedPrompt.Stack(prompts));

    /// <inheritdoc/>
    public void SaveWeights(string path) => SafetensorsWriter.Write(path, _unet.state_dict(), TorchFormat);

    /// <inheritdoc/>
    public void Dispose() => _unet.Dispose();
}
