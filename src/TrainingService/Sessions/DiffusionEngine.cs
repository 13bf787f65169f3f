using System.Diagnostics;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Training;
using Gal.Diffusion.Training.Memory;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.Training.Memory;
using Gal.V1;

namespace Gal.Training.Sessions;

/// <summary>Trains with Gal.Diffusion.</summary>
internal sealed class DiffusionEngine(DeviceWorker device, ModelTexts texts) : ITrainingEngine
{
    public Task<string> FindCutTextAsync(string modelFolder, string text, CancellationToken cancellationToken) => Task.FromResult(texts.FindCutText(modelFolder, text));

    public Task<bool> IsOneTokenAsync(string modelFolder, string word, CancellationToken cancellationToken) => Task.FromResult(texts.CountTokens(modelFolder, word) == 1);

    public string? FindSlowness(ComputeDtype dtype) => PipelineOptions.FindSlowness(dtype, device.Device);

    public Task<int> GetSizeFactorAsync(string modelFolder, CancellationToken cancellationToken) => Task.FromResult(ModelFolder.Open(modelFolder).Vae.DownscaleFactor);

    public long AvailableMemory => Memory.AvailableMemory.Of(device.Device);

    public TrainingMemory EstimateMemory(string modelFolder, MethodPlan method, MemorySettings settings) => MemoryNeed.Of(modelFolder, method, settings);

    public async Task<ITrainingSession> OpenAsync(TrainingPlan plan, WorkClock clock, CancellationToken cancellationToken)
    {
        var trainer = await device.RunAsync(() => Create(plan, clock), cancellationToken);
        return new Session(device, trainer, clock);
    }

    private ITrainer Create(TrainingPlan plan, WorkClock clock)
    {
        var start = Stopwatch.GetTimestamp();
        var trainer = Create(plan.Method, ToSpec(plan));
        var preparation = trainer.Preparation;
        clock.Add(WorkKind.Encoding, preparation.PictureTime, preparation.PictureCount);
        clock.Add(WorkKind.TextEncoding, preparation.TextTime, preparation.TextCount);
        clock.Add(WorkKind.Loading, Stopwatch.GetElapsedTime(start) - preparation.PictureTime - preparation.TextTime, 1);
        return trainer;
    }

    private static ITrainer Create(MethodPlan method, TrainingSpec spec) => method switch
    {
        MethodPlan.Lora lora => LoraTrainer.Create(spec, lora.Options),
        MethodPlan.TextualInversion inversion => TextualInversionTrainer.Create(spec, inversion.Word),
        MethodPlan.CustomDiffusion custom => CustomDiffusionTrainer.Create(spec, custom.Modifier),
        _ => DreamBoothTrainer.Create(spec),
    };

    private TrainingSpec ToSpec(TrainingPlan plan) => new(plan.Weights.Folder, [.. plan.Samples.Select(s => new WeightedSample(s.Image, s.Prompt, s.LossWeight))])
    {
        Device = device.Device,
        UnetCheckpoint = plan.Weights.Checkpoint,
        Prior = plan.Prior is { } prior ? new(prior.ClassPrompt, prior.ClassImages, prior.LossWeight) : null,
        BatchSize = plan.BatchSize,
        LearningRate = plan.LearningRate,
        WeightDecay = plan.WeightDecay,
        MaxGradientNorm = plan.MaxGradientNorm,
        Seed = plan.Seed,
        Resolution = plan.Resolution,
        Options = plan.Options,
        Preview = plan.Preview,
    };

    private sealed class Session(DeviceWorker device, ITrainer trainer, WorkClock clock) : ITrainingSession
    {
        public Task<StepResult> StepAsync(CancellationToken cancellationToken) => device.RunAsync(
            () =>
            {
                var step = clock.Measure(WorkKind.Training, 1, trainer.Step);
                return new StepResult(step.Step, step.Loss, step.InstanceLoss, step.GradientNorm, step.LearningRate, step.SampleIndices);
            },
            cancellationToken);

        public Task SaveStateAsync(string path, CancellationToken cancellationToken) => device.RunAsync(() => trainer.SaveState(path), cancellationToken);

        public Task LoadStateAsync(string path, CancellationToken cancellationToken) => device.RunAsync(() => trainer.LoadState(path), cancellationToken);

        public Task<IReadOnlyList<RgbImage>> SamplePreviewAsync(CancellationToken cancellationToken) => device.RunAsync(() => clock.Measure(WorkKind.Denoising, 1, trainer.SamplePreview), cancellationToken);

        public Task SaveWeightsAsync(string path, CancellationToken cancellationToken) => device.RunAsync(() => trainer.SaveWeights(path), cancellationToken);

        public async ValueTask DisposeAsync() => await device.RunAsync(trainer.Dispose, CancellationToken.None);
    }
}
