using System.Collections.Concurrent;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Schedulers;
using Gal.Imaging;
using Gal.ModelServing.Models;
using Gal.ModelServing.Work;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>Samples with Gal.Diffusion. One pipeline is kept loaded; between trainings only weights are swapped.</summary>
internal sealed class PipelineSampler(DeviceWorker device, ModelTexts texts) : ISampler, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, SamplerSizes> _sizes = new();
    private StableDiffusionPipeline? _pipeline;
    private Dtype _dtype;
    private ModelWeights? _weights;

    public Task<SamplerSizes> GetSizesAsync(string modelFolder, CancellationToken cancellationToken) => Task.FromResult(_sizes.GetOrAdd(modelFolder, ReadSizes));

    public Task<string> FindCutTextAsync(ModelWeights weights, string text, CancellationToken cancellationToken) => Task.FromResult(texts.FindCutText(weights, text));

    public void Check(ModelWeights weights, PicturePrompt? picture) => WeightsRules.Check(weights, picture);

    public Dtype DefaultDtype => ComputeDevice.IsCard(device.Device) ? Dtype.Float16 : Dtype.Float32;

    public string? FindSlowness(Dtype dtype) => PipelineOptions.FindSlowness(ToComputeDtype(dtype), device.Device);

    public Task<IReadOnlyList<RgbImage>> SampleAsync(ModelWeights weights, SamplingBatch batch, WorkClock clock, Action stepDone, CancellationToken cancellationToken) =>
        device.RunAsync(() => Load(weights, batch.Settings.Dtype, clock).Sample(ToRequest(batch), step => Tell(step, batch, clock, stepDone), cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await device.RunAsync(() => _pipeline?.Dispose());
        }
        catch (ObjectDisposedException)
        {
            // The device ended first, and its process's memory with it.
        }
    }

    private static SamplerSizes ReadSizes(string modelFolder)
    {
        var folder = Diffusion.Weights.ModelFolder.Open(modelFolder);
        var factor = folder.Vae.DownscaleFactor;
        var size = (folder.Unet.SampleSize ?? 64) * factor;
        return new(size, size, factor);
    }

    private StableDiffusionPipeline Load(ModelWeights weights, Dtype dtype, WorkClock clock)
    {
        if (_pipeline is null || _weights?.Folder != weights.Folder || _dtype != dtype)
        {
            _pipeline?.Dispose();
            _pipeline = null;
            _pipeline = clock.Measure(WorkKind.Loading, 1, () => StableDiffusionPipeline.Load(weights.Folder, new PipelineOptions(device.Device, ToComputeDtype(dtype))));
            (_weights, _dtype) = (new(weights.Folder, null), dtype);
        }

        if (weights != _weights)
        {
            var pipeline = _pipeline;
            // After an error the pipeline has the model's own.
            _weights = new(weights.Folder, null);
            clock.Measure(WorkKind.Loading, 1, () =>
            {
                pipeline.UseWeights(weights.Checkpoint, weights.Adapters);
                return true;
            });
            _weights = weights;
        }

        return _pipeline;
    }

    private static void Tell(SamplingStep step, SamplingBatch batch, WorkClock clock, Action stepDone)
    {
        var isGuided = batch.Settings.GuidanceScale > 1;
        var (kind, unitCount) = step.Stage switch
        {
            SamplingStage.TextEncoding => (WorkKind.TextEncoding, batch.Images.Count * (isGuided ? 2 : 1)),
            SamplingStage.Denoising => (WorkKind.Denoising, 1),
            _ => (WorkKind.Decoding, batch.Images.Count),
        };
        clock.Add(kind, step.Elapsed, unitCount);
        if (step.Stage == SamplingStage.Denoising)
        {
            stepDone();
        }
    }

    private static SamplingRequest ToRequest(SamplingBatch batch) => new(
        [.. batch.Images.Select(i => new SamplingItem(i.Prompt, i.NegativePrompt, i.Seed))],
        batch.Settings.Scheduler switch
        {
            Scheduler.Ddpm => SchedulerKind.Ddpm,
            Scheduler.Ddim => SchedulerKind.Ddim,
            Scheduler.Pndm => SchedulerKind.Pndm,
            Scheduler.DpmSolverPp2MKarras => SchedulerKind.DpmSolverPlusPlus2MKarras,
            Scheduler.Euler => SchedulerKind.Euler,
            Scheduler.EulerAncestral => SchedulerKind.EulerAncestral,
            Scheduler.UniPc => SchedulerKind.UniPc,
            _ => SchedulerKind.DpmSolverPlusPlus2M,
        },
        batch.Settings.InferenceStepCount,
        batch.Settings.GuidanceScale,
        batch.Settings.Width,
        batch.Settings.Height)
    {
        Eta = batch.Settings.Eta,
        Picture = batch.Picture,
    };

    private static ComputeDtype ToComputeDtype(Dtype dtype) => dtype switch
    {
        Dtype.Bfloat16 => ComputeDtype.BFloat16,
        Dtype.Float16 => ComputeDtype.Float16,
        _ => ComputeDtype.Float32,
    };
}
