namespace Gal.Diffusion.Training;

/// <summary>A loss or gradient that is not finite; the weights are those of the step before.</summary>
/// <param name="step">The step's number, from 1.</param>
/// <param name="loss">Its weighted loss.</param>
/// <param name="gradientNorm">Its gradient's norm.</param>
public sealed class TrainingDivergedException(int step, double loss, double gradientNorm)
    : Exception($"Step {step} has loss {loss} and gradient norm {gradientNorm}; training stopped with the weights of step {step - 1}. Lower the learning rate.")
{
    /// <summary>The step's number, from 1.</summary>
    public int Step { get; } = step;
}
