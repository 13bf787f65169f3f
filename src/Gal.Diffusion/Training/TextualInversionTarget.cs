using Gal.Diffusion.Models;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>Textual Inversion (Gal et al. 2023): the vectors of one new word; everything else stays.</summary>
internal sealed class TextualInversionTarget : ITrainingTarget
{
    private readonly LearnedToken _token;

    /// <param name="unet">Owned from here on.</param>
    /// <param name="token">The word; owned from here on.</param>
    public TextualInversionTarget(UNet2DConditionModel unet, LearnedToken token)
    {
        (Unet, _token) = (unet, token);
        foreach (var parameter in unet.parameters())
        {
            parameter.requires_grad = false;
        }
    }

    /// <inheritdoc/>
    public string Method => "textual-inversion";

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Parameters => [_token.Parameter];

    /// <inheritdoc/>
    public UNet2DConditionModel Unet { get; }

    /// <inheritdoc/>
    public Tensor HiddenStates(IReadOnlyList<CachedPrompt> prompts) => _token.HiddenStates(prompts);

    /// <inheritdoc/>
    public void CollectGradients() => _token.CollectGradients();

    /// <inheritdoc/>
    public void SaveWeights(string path) => _token.Save(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        _token.Dispose();
        Unet.Dispose();
    }
}
