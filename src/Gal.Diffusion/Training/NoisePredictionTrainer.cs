using Gal.Diffusion.Schedulers;
using Gal.Imaging;
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
    private readonly MovingAverage? _average;
    private readonly PreviewSampler? _preview;

    /// <param name="spec">The settings.</param>
    /// <param name="target">What is trained; owned from here on.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="data">The encoded samples; owned from here on. Null leaves <see cref="Step()"/> out of use.</param>
    /// <param name="preview">Samples pictures with the weights as they are; null leaves <see cref="SamplePreview"/> out of use.</param>
    public NoisePredictionTrainer(TrainingSpec spec, ITrainingTarget target, NoiseSchedule schedule, TrainingData? data, PreviewSampler? preview = null)
    {
        (_spec, _target, _schedule, _data, _preview) = (spec, target, schedule, data, preview);
        _batches = data is null ? null : new BatchSource(data, spec, schedule.Config.NumTrainTimesteps);
        _optimizer = new AdamW(target.Parameters);
        _average = spec.Options.Ema is { } options ? new MovingAverage(target.Parameters, options) : null;
    }

    /// <inheritdoc/>
    public int StepIndex { get; private set; }

    /// <inheritdoc/>
    public TrainingPreparation Preparation => _data?.Preparation ?? new(0, TimeSpan.Zero, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public TrainingStep Step()
    {
        var batches = _batches ?? throw new InvalidOperationException("This trainer was made without samples.");
        return Step(Enumerable.Range(0, _spec.Options.GradientAccumulationCount).Select(_ => batches.Next()));
    }

    /// <summary>Values that are trained.</summary>
    internal long ParameterCount => _target.Parameters.Sum(parameter => parameter.Tensor.numel());

    /// <summary>One optimizer step on given batches, whose gradients are averaged. Each is drawn when the one before is done with.</summary>
    public TrainingStep Step(IEnumerable<TrainingBatch> batches)
    {
        var step = Descend(batches);

        // The binding leaves small native objects to the collector (Scalars, records of callbacks). Those that outlive a step lie between what were its activations,
        // and the next step finds no stretch long enough: without this the heap grew by 3 MiB in a hundred steps, all of it free. Less than a millisecond.
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        return step;
    }

    /// <inheritdoc/>
    public void SaveState(string path) => Persistence().Save(path, StepIndex);

    /// <inheritdoc/>
    public void LoadState(string path) => StepIndex = Persistence().Load(path);

    /// <inheritdoc/>
    public void SaveWeights(string path) => WithResult(() => _target.SaveWeights(path));

    /// <inheritdoc/>
    public IReadOnlyList<RgbImage> SamplePreview()
    {
        var preview = _preview ?? throw new InvalidOperationException("This trainer was made without a preview.");
        IReadOnlyList<RgbImage> pictures = [];
        WithResult(() => pictures = preview.Sample());
        return pictures;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
        _batches?.Dispose();
        _data?.Dispose();
        _target.Dispose();
    }

    private TrainingStep Descend(IEnumerable<TrainingBatch> batches)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var losses = new StepLosses();
        foreach (var batch in batches)
        {
            AddGradients(batch, losses);
        }

        _target.CollectGradients();
        var norm = _optimizer.GradientNorm();
        if (!double.IsFinite(losses.Weighted) || !double.IsFinite(norm))
        {
            _optimizer.ClearGradients();
            throw new TrainingDivergedException(StepIndex + 1, losses.Weighted, norm);
        }

        var learningRate = _spec.LearningRate * LearningRate.Factor(_spec.Options, _spec.LearningRate, StepIndex);
        _optimizer.Step(++StepIndex, learningRate, _spec.WeightDecay, ClipFactor(norm));
        _optimizer.ClearGradients();
        _average?.Update(StepIndex);
        return losses.ToStep(StepIndex, norm, learningRate);
    }

    // The averages, where there are any, are the result.
    private void WithResult(Action work)
    {
        if (_average is null)
        {
            work();
        }
        else
        {
            _average.WithAverages(work);
        }
    }

    private void AddGradients(TrainingBatch batch, StepLosses losses)
    {
        using var scope = NewDisposeScope();
        IUnetPass pass = _spec.Options.GradientCheckpointing ? new CheckpointedPass(_target.Unet, _target.Chance) : new PlainPass(_target.Unet);
        var errors = SquaredErrors(batch, pass);
        var share = 1.0 / (batch.SampleCount * _spec.Options.GradientAccumulationCount);
        var weights = tensor(batch.Weights.Select((weight, i) => (float)(weight * TimestepWeight(batch.Timesteps[i]) * share)).ToArray(), device: errors.device);
        var loss = (errors * weights).sum();
        pass.Backward(loss);
        losses.Add(batch, loss.item<float>(), errors.detach().cpu().data<float>().ToArray());
    }

    private double TimestepWeight(long timestep) => _spec.Options.TimestepWeight(_schedule.SignalToNoise(timestep), _schedule.Config.PredictsVelocity);

    // Each picture's mean squared error [n].
    private Tensor SquaredErrors(TrainingBatch batch, IUnetPass pass)
    {
        var noisy = _schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        var target = _schedule.Config.PredictsVelocity ? _schedule.Velocity(batch.Latents, batch.Noise, batch.Timesteps) : batch.Noise;
        var dtype = _spec.Options.ScalarType;
        var prediction = pass.Predict(noisy.to_type(dtype), tensor(batch.Timesteps, device: noisy.device), _target.HiddenStates(batch.Prompts).to_type(dtype));
        var difference = prediction.to_type(ScalarType.Float32) - target;
        return (difference * difference).flatten(1).mean([1]);
    }

    // torch.nn.utils.clip_grad_norm_.
    private double ClipFactor(double norm) => _spec.MaxGradientNorm is { } limit ? Math.Min(1, limit / (norm + 1e-6)) : 1;

    private TrainingState Persistence() => new(
        _target.Method,
        _spec.Seed,
        [.. _target.Parameters.Select(parameter => parameter with { Name = $"parameter.{parameter.Name}" }), .. _optimizer.State, .. _average?.State ?? []],
        _batches,
        _target.Chance);
}
