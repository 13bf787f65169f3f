using Gal.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>Descends the weighted noise-prediction loss: batch mean of w · mean((ε - ε̂)²), class terms added (method.md, Eq. 2 with weights).</summary>
internal sealed class NoisePredictionTrainer : ITrainer
{
    private readonly TrainingSpec _spec;
    private readonly ITrainingTarget _target;
    private readonly NoiseSchedule _schedule;
    private readonly BatchSource? _batches;
    private readonly TrainingData? _data;
    private readonly AdamW _optimizer;

    /// <param name="spec">The settings.</param>
    /// <param name="target">What is trained; owned from here on.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="data">The encoded samples; owned from here on. Null leaves <see cref="Step()"/> out of use.</param>
    public NoisePredictionTrainer(TrainingSpec spec, ITrainingTarget target, NoiseSchedule schedule, TrainingData? data)
    {
        (_spec, _target, _schedule, _data) = (spec, target, schedule, data);
        _batches = data is null ? null : new BatchSource(data, spec.BatchSize, spec.Seed, schedule.Config.NumTrainTimesteps);
        _optimizer = new AdamW(target.Parameters);
    }

    /// <inheritdoc/>
    public int StepIndex { get; private set; }

    /// <inheritdoc/>
    public TrainingPreparation Preparation => _data?.Preparation ?? new(0, TimeSpan.Zero, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public TrainingStep Step()
    {
        using var scope = NewDisposeScope();
        return Step((_batches ?? throw new InvalidOperationException("This trainer was made without samples.")).Next());
    }

    /// <summary>One optimizer step on a given batch. Borrowed.</summary>
    public TrainingStep Step(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var errors = SquaredErrors(batch);
        var weights = tensor(batch.Weights, device: errors.device);
        var loss = (errors * weights).sum() / batch.SampleCount;
        loss.backward();
        var value = loss.item<float>();
        var norm = _optimizer.GradientNorm();
        if (!double.IsFinite(value) || !double.IsFinite(norm))
        {
            _optimizer.ClearGradients();
            throw new TrainingDivergedException(StepIndex + 1, value, norm);
        }

        _optimizer.Step(++StepIndex, _spec.LearningRate, _spec.WeightDecay, ClipFactor(norm));
        _optimizer.ClearGradients();
        var each = errors.detach().cpu().data<float>().ToArray();
        var classes = each[batch.SampleCount..];
        return new TrainingStep(StepIndex, value, each[..batch.SampleCount].Average(), classes.Length > 0 ? classes.Average() : 0, norm, _spec.LearningRate, batch.SampleIndices);
    }

    /// <inheritdoc/>
    public void SaveState(string path) => Persistence().Save(path, StepIndex);

    /// <inheritdoc/>
    public void LoadState(string path) => StepIndex = Persistence().Load(path);

    /// <inheritdoc/>
    public void SaveWeights(string path) => _target.SaveWeights(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _batches?.Dispose();
        _data?.Dispose();
        _target.Dispose();
    }

    // Each picture's mean squared error [n].
    private Tensor SquaredErrors(TrainingBatch batch)
    {
        var noisy = _schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        var target = _schedule.Config.PredictsVelocity ? _schedule.Velocity(batch.Latents, batch.Noise, batch.Timesteps) : batch.Noise;
        var prediction = _target.Predict(noisy, tensor(batch.Timesteps, device: noisy.device), batch.Prompts);
        return (prediction.to_type(ScalarType.Float32) - target).pow(2).flatten(1).mean([1]);
    }

    // torch.nn.utils.clip_grad_norm_.
    private double ClipFactor(double norm) => _spec.MaxGradientNorm is { } limit ? Math.Min(1, limit / (norm + 1e-6)) : 1;

    private TrainingState Persistence() => new(
        _target.Method,
        _spec.Seed,
        [.. _target.Parameters.Select(parameter => parameter with { Name = $"parameter.{parameter.Name}" }), .. _optimizer.State],
        _batches);
}
