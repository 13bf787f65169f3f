using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>A forward pass of a UNet and its backward pass. Used once, in a dispose scope that outlives both.</summary>
internal interface IUnetPass
{
    /// <summary>ε̂ (or v̂), [n, channels, height, width]; gradients can be asked of what follows from it.</summary>
    /// <param name="noisy">x_t [n, channels, height, width], in the format to compute in.</param>
    /// <param name="timesteps">[n], int64.</param>
    /// <param name="hiddenStates">[n, tokens, hidden], in the same format.</param>
    Tensor Predict(Tensor noisy, Tensor timesteps, Tensor hiddenStates);

    /// <summary>Adds the gradients of a scalar that follows from the prediction to what the UNet and the hidden states were computed from.</summary>
    void Backward(Tensor loss);
}
