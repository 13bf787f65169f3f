using Gal.Imaging;

namespace Gal.Generation.Sampling;

/// <summary>A request that fills less than a batch, as long as it waits or is at work.</summary>
/// <param name="plan">One batch.</param>
/// <param name="stepDone">Called after each denoising step, on the device's thread.</param>
/// <param name="cancellationToken">The caller's.</param>
internal sealed class SmallRequest(SamplingPlan plan, Action stepDone, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<IReadOnlyList<RgbImage>?> _pictures = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it asks for.</summary>
    public SamplingPlan Plan => plan;

    /// <summary>Whether its caller is still there.</summary>
    public bool IsWanted => !cancellationToken.IsCancellationRequested;

    /// <summary>Its pictures, once another request's turn has brought them; null if that one failed, so that this one must go by itself.</summary>
    public Task<IReadOnlyList<RgbImage>?> Pictures => _pictures.Task;

    /// <summary>Tells the caller of a step.</summary>
    public void StepDone() => stepDone();

    /// <summary>Hands the pictures over.</summary>
    public void Complete(IReadOnlyList<RgbImage>? pictures) => _pictures.TrySetResult(pictures);

    /// <summary>Calls back when the caller leaves.</summary>
    public CancellationTokenRegistration OnLeaving(Action left) => cancellationToken.Register(left);

    /// <summary>Whether both can be denoised together: the same weights and settings, and no picture prompt, which belongs to a whole batch.</summary>
    public bool Fits(SmallRequest other) => plan.Picture is null && other.Plan.Picture is null && plan.Weights == other.Plan.Weights && plan.Settings == other.Plan.Settings;
}
