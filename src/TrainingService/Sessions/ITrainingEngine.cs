using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training.Memory;
using Gal.ModelServing.Work;
using Gal.Training.Memory;

namespace Gal.Training.Sessions;

/// <summary>Opens trainings; the seam in front of torch.</summary>
internal interface ITrainingEngine
{
    /// <summary>The end of a text that a model's token limit cuts off; empty if all of it fits.</summary>
    Task<string> FindCutTextAsync(string modelFolder, string text, CancellationToken cancellationToken);

    /// <summary>Whether a word is one token of a model's vocabulary, so that a new word can start from it.</summary>
    Task<bool> IsOneTokenAsync(string modelFolder, string word, CancellationToken cancellationToken);

    /// <summary>Why a format is slow here, as a sentence for a user; null if it is not.</summary>
    string? FindSlowness(ComputeDtype dtype);

    /// <summary>The VAE's factor, which a resolution must be a multiple of.</summary>
    Task<int> GetSizeFactorAsync(string modelFolder, CancellationToken cancellationToken);

    /// <summary>What its device has for a training, in bytes.</summary>
    long AvailableMemory { get; }

    /// <summary>What a training needs at its peak.</summary>
    TrainingMemory EstimateMemory(string modelFolder, MethodPlan method, MemorySettings settings);

    /// <summary>Loads the model and encodes what stays the same over all steps.</summary>
    /// <param name="plan">What to train.</param>
    /// <param name="clock">Told of the time spent, by kind.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    Task<ITrainingSession> OpenAsync(TrainingPlan plan, WorkClock clock, CancellationToken cancellationToken);
}
