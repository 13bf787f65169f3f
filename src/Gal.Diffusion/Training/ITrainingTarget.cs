using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>What a training changes: which tensors, how they enter the noise prediction, and how they are written.</summary>
internal interface ITrainingTarget : IDisposable
{
    /// <summary>Names the kind of training in a saved state.</summary>
    string Method { get; }

    /// <summary>The tensors that the optimizer changes.</summary>
    IReadOnlyList<NamedTensor> Parameters { get; }

    /// <summary>Chance that the forward pass draws from, a part of the training's state; null where it draws nothing.</summary>
    Generator? Chance => null;

    /// <summary>ε̂ (or v̂) of a batch, with its graph, in the caller's dispose scope.</summary>
    /// <param name="noisy">x_t [n, channels, height, width].</param>
    /// <param name="timesteps">[n], int64.</param>
    /// <param name="prompts">One a picture.</param>
    Tensor Predict(Tensor noisy, Tensor timesteps, IReadOnlyList<CachedPrompt> prompts);

    /// <summary>Brings gradients to where <see cref="Parameters"/> have them, after the backward passes of a step.</summary>
    void CollectGradients()
    {
    }

    /// <summary>Writes the trained weights.</summary>
    void SaveWeights(string path);
}
