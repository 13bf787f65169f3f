using Gal.Imaging;

namespace Gal.Training.Sessions;

/// <summary>A training at work. Dispose it to give its memory back.</summary>
internal interface ITrainingSession : IAsyncDisposable
{
    /// <summary>Does one optimizer step.</summary>
    /// <exception cref="Diffusion.Training.TrainingDivergedException">The loss is not finite; the weights are those of the step before.</exception>
    Task<StepResult> StepAsync(CancellationToken cancellationToken);

    /// <summary>Writes all that the next step depends on: weights, optimizer, step, order of samples, generator.</summary>
    Task SaveStateAsync(string path, CancellationToken cancellationToken);

    /// <summary>Goes back to a saved state; the next step is the one that would have followed, bit for bit.</summary>
    /// <exception cref="Exception">The file is damaged or of another training.</exception>
    Task LoadStateAsync(string path, CancellationToken cancellationToken);

    /// <summary>Samples the plan's preview with the weights as they are; the next step is the one that would have followed.</summary>
    /// <returns>One picture a prompt.</returns>
    Task<IReadOnlyList<RgbImage>> SamplePreviewAsync(CancellationToken cancellationToken);

    /// <summary>Writes the method's result: one safetensors file in the form that other tools read.</summary>
    Task SaveWeightsAsync(string path, CancellationToken cancellationToken);
}
