using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Weights;
using Gal.Imaging;

namespace Gal.Diffusion.Training;

/// <summary>A training that goes on step by step and can be stopped and continued without a trace. Belongs to one thread, the device's.</summary>
public interface ITrainer : IDisposable
{
    /// <summary>Optimizer steps done.</summary>
    int StepIndex { get; }

    /// <summary>What was encoded before the first step.</summary>
    TrainingPreparation Preparation { get; }

    /// <summary>Draws a batch, and does one optimizer step.</summary>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is not finite; the weights are those of the step before.</exception>
    TrainingStep Step();

    /// <summary>Samples the specification's preview with the weights as they are; the training goes on as if it had not been called.</summary>
    /// <returns>One picture a prompt.</returns>
    /// <exception cref="InvalidOperationException">The specification has no preview.</exception>
    /// <exception cref="SamplingException">A picture came out black or not finite.</exception>
    IReadOnlyList<RgbImage> SamplePreview();

    /// <summary>Writes all that a training needs to go on: weights, optimizer, step, order of samples and generator.</summary>
    /// <exception cref="IOException">The disk is full; an earlier file of this name is untouched.</exception>
    void SaveState(string path);

    /// <summary>Goes on where <see cref="SaveState"/> was called: the next steps have the same bits as if nothing had happened between.</summary>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    /// <exception cref="InvalidDataException">It is the state of another training; nothing was changed.</exception>
    void LoadState(string path);

    /// <summary>Writes the trained weights alone.</summary>
    /// <exception cref="IOException">The disk is full; an earlier file of this name is untouched.</exception>
    void SaveWeights(string path);
}
