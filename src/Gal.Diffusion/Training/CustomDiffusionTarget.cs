using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>
/// Custom Diffusion (Kumari et al. 2023): to_k and to_v of every cross-attention and, where one is asked for, a modifier token. All tokens' keys and values carry
/// gradients, the start token's too (golden/trainers); the authors' code leaves that one's out.
/// </summary>
internal sealed class CustomDiffusionTarget : ITrainingTarget
{
    private readonly LearnedToken? _token;

    /// <param name="unet">Owned from here on.</param>
    /// <param name="token">The modifier token, owned from here on; null for none.</param>
    public CustomDiffusionTarget(UNet2DConditionModel unet, LearnedToken? token)
    {
        (Unet, _token) = (unet, token);
        var parameters = new List<NamedTensor>();
        foreach (var (name, parameter) in unet.named_parameters())
        {
            parameter.requires_grad = name.EndsWith(".attn2.to_k.weight", StringComparison.Ordinal) || name.EndsWith(".attn2.to_v.weight", StringComparison.Ordinal);
            if (parameter.requires_grad)
            {
                parameters.Add(new NamedTensor(name, parameter));
            }
        }

        Parameters = token is null ? parameters : [.. parameters, token.Parameter];
    }

    /// <inheritdoc/>
    public string Method => "custom-diffusion";

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> Parameters { get; }

    /// <inheritdoc/>
    public UNet2DConditionModel Unet { get; }

    /// <inheritdoc/>
    public Tensor HiddenStates(IReadOnlyList<CachedPrompt> prompts) => _token?.HiddenStates(prompts) ?? CachedPrompt.Stack(prompts);

    /// <inheritdoc/>
    public void CollectGradients() => _token?.CollectGradients();

    /// <inheritdoc/>
    public void SaveWeights(string path) => CustomDiffusionWeights.Save(path, Unet, modifier: _token is null ? null : (_token.Parameter.Name, _token.Rows));

    /// <inheritdoc/>
    public void Dispose()
    {
        _token?.Dispose();
        Unet.Dispose();
    }
}
