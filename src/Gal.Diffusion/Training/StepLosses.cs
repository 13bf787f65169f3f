namespace Gal.Diffusion.Training;

/// <summary>Gathers the losses of the batches of one optimizer step.</summary>
internal sealed class StepLosses
{
    private readonly List<float> _samples = [];
    private readonly List<float> _classes = [];
    private readonly List<int> _indices = [];

    /// <summary>The weighted loss that is descended.</summary>
    public double Weighted { get; private set; }

    /// <summary>Takes in a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="weighted">Its share of the weighted loss.</param>
    /// <param name="errors">Each picture's mean squared error.</param>
    public void Add(TrainingBatch batch, float weighted, float[] errors)
    {
        Weighted += weighted;
        _samples.AddRange(errors[..batch.SampleCount]);
        _classes.AddRange(errors[batch.SampleCount..]);
        _indices.AddRange(batch.SampleIndices);
    }

    /// <summary>The step's account.</summary>
    public TrainingStep ToStep(int step, double gradientNorm, double learningRate) =>
        new(step, Weighted, _samples.Average(), _classes.Count > 0 ? _classes.Average() : 0, gradientNorm, learningRate, _indices);
}
