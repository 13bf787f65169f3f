using Gal.Diffusion.Models;
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

    /// <summary>The UNet that predicts, with what is trained in it or attached to it.</summary>
    UNet2DConditionModel Unet { get; }

    /// <summary>The prompts' hidden states [n, tokens, hidden], with their graph where a word is learned, in the caller's dispose scope.</summary>
    /// <param name="prompts">One a picture.</param>
    Tensor HiddenStates(IReadOnlyList<CachedPrompt> prompts) => CachedPrompt.Stack(prompts);

    /// <summary>Brings gradients to where <see cref="Parameters"/> have them, after the backward passes of a step.</summary>
    void CollectGradients()
    {
    }

    /// <summary>Does something while the forward pass is as after training: nothing is dropped.</summary>
    void Evaluate(Action work) => work();

    /// <summary>Writes the trained weights.</summary>
    void SaveWeights(string path);
}
