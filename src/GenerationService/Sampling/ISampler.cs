using Gal.Diffusion.Pipelines;
using Gal.Imaging;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>Samples pictures from models; the seam in front of torch.</summary>
internal interface ISampler
{
    /// <summary>The sizes that a model works in.</summary>
    Task<SamplerSizes> GetSizesAsync(string modelFolder, CancellationToken cancellationToken);

    /// <summary>Refuses files that are not what the request says, by their headers.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    void Check(ModelWeights weights, PicturePrompt? picture);

    /// <summary>The end of a text that the token limit cuts off; empty if all of it fits.</summary>
    Task<string> FindCutTextAsync(ModelWeights weights, string text, CancellationToken cancellationToken);

    /// <summary>The format that this device samples in unless it is told otherwise.</summary>
    Dtype DefaultDtype { get; }

    /// <summary>Why a format is slow on this device, as a sentence; null if it is not.</summary>
    string? FindSlowness(Dtype dtype);

    /// <summary>Samples one batch.</summary>
    /// <param name="weights">The model, its checkpoint and its adapters; loaded, or swapped, if they are not the last ones used.</param>
    /// <param name="batch">What to sample.</param>
    /// <param name="clock">Told of the time spent, by kind.</param>
    /// <param name="stepDone">Called after each denoising step, on the device's thread.</param>
    /// <param name="cancellationToken">Looked at before each step.</param>
    Task<IReadOnlyList<RgbImage>> SampleAsync(ModelWeights weights, SamplingBatch batch, WorkClock clock, Action stepDone, CancellationToken cancellationToken);
}
