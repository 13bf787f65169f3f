using Gal.Diffusion.Models;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>Keeps all activations for the backward pass.</summary>
internal sealed class PlainPass(UNet2DConditionModel unet) : IUnetPass
{
    /// <inheritdoc/>
    public Tensor Predict(Tensor noisy, Tensor timesteps, Tensor hiddenStates) => unet.call(noisy, timesteps, hiddenStates);

    /// <inheritdoc/>
    public void Backward(Tensor loss) => loss.backward();
}
