namespace Gal.Training.Sessions;

/// <summary>A step's loss is NaN or infinite.</summary>
internal sealed class NonFiniteLossException(int step, double loss) : Exception($"The loss of step {step} is {loss}.")
{
    /// <summary>The step's number, from 1.</summary>
    public int Step { get; } = step;
}
