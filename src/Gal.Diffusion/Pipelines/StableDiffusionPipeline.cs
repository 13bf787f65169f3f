using System.Diagnostics;
using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>Text to pictures with a Stable Diffusion 1.x model. Belongs to one thread, the device's.</summary>
public sealed class StableDiffusionPipeline : IDisposable
{
    // Pictures are decoded by as many as have the pixels of eight of 64 × 64: at 64 of them activations no longer fit a cache, and each takes three times as long.
    private const int DecodedPixelCount = 8 * 64 * 64;
    private const int DecodedPixelCountOnACard = 8 * 512 * 512;

    private readonly ModelFolder _folder;
    private readonly Device _device;
    private readonly AdaptableModel _model;
    private readonly AutoencoderKl _vae;
    private readonly LatentCoder _coder;
    private readonly NoiseSchedule _schedule;

    private StableDiffusionPipeline(ModelFolder folder, PipelineOptions options)
    {
        _folder = folder;
        _device = torch.device(options.Device);
        _schedule = new NoiseSchedule(SchedulerConfig.Load(folder.SchedulerConfigPath));
        _model = new AdaptableModel(folder, options.ScalarType, _device);
        _vae = folder.LoadVae(device: _device);
        _coder = LatentCoder.Create(_vae);
    }

    /// <summary>The size of picture that the model was trained on, in pixels.</summary>
    public int SampleSize => (_folder.Unet.SampleSize ?? 64) * Factor;

    /// <summary>Width and height must be multiples of this many pixels.</summary>
    public int Factor => _folder.Vae.DownscaleFactor;

    /// <summary>How prompts are read; says which words are cut.</summary>
    public ClipTokenizer Tokenizer => _model.Prompts.Tokenizer;

    /// <summary>Loads a model from a folder in Hugging Face layout.</summary>
    /// <exception cref="ModelConfigException">The folder or one of its files is missing, damaged, or another architecture's.</exception>
    /// <exception cref="CheckpointMismatchException">Weights do not fit their config.json; the message names them.</exception>
    public static StableDiffusionPipeline Load(string modelFolder, PipelineOptions? options = null)
    {
        TorchRuntime.EnsureLoaded();
        return new StableDiffusionPipeline(ModelFolder.Open(modelFolder), options ?? new PipelineOptions());
    }

    /// <summary>Takes other weights in place of those in use.</summary>
    /// <param name="checkpoint">What a training made: a UNet, a LoRA, a Textual Inversion embedding or Custom Diffusion's weights; null for the model's own.</param>
    /// <param name="adapters">Added to it in this order; null for none.</param>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ; the model's own weights are in use.</exception>
    /// <exception cref="SafetensorsException">A file is damaged, pickled or of another kind; the model's own weights are in use.</exception>
    public void UseWeights(string? checkpoint, IReadOnlyList<AdapterFile>? adapters = null) => _model.Use(checkpoint, adapters ?? []);

    /// <summary>Samples one batch: both halves of the guidance in one call of the UNet a step.</summary>
    /// <param name="request">What to sample.</param>
    /// <param name="progress">Called after each stage and each step, on this thread.</param>
    /// <param name="cancellationToken">Looked at before each step.</param>
    /// <exception cref="ArgumentException">The request has no items, or a size that does not fit the model.</exception>
    /// <exception cref="SamplingException">A picture came out black or not finite.</exception>
    public IReadOnlyList<RgbImage> Sample(SamplingRequest request, Action<SamplingStep>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        if (request.Picture is { } prompt)
        {
            _model.UsePictures(prompt);
        }

        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var scheduler = SchedulerFactory.Create(request.Scheduler, _schedule, request.InferenceStepCount, request.Eta);
        var report = new StageReport(progress, scheduler.Timesteps.Count);
        cancellationToken.ThrowIfCancellationRequested();
        var hiddenStates = EncodePrompts(request);
        report.Done(SamplingStage.TextEncoding);
        var latents = Denoise(request, scheduler, hiddenStates, report, cancellationToken);
        var pictures = Decode(latents, request, cancellationToken);
        report.Done(SamplingStage.Decoding);
        return pictures;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _coder.Dispose();
        _vae.Dispose();
    }

    private static bool IsGuided(SamplingRequest request) => request.GuidanceScale > 1;

    private void Check(SamplingRequest request)
    {
        if (request.Items.Count == 0)
        {
            throw new ArgumentException("The request has no items; it needs at least one image.", nameof(request));
        }

        if (request.Width < Factor || request.Height < Factor || request.Width % Factor != 0 || request.Height % Factor != 0)
        {
            throw new ArgumentException($"The size {request.Width} × {request.Height} must be multiples of {Factor} pixels, the VAE's factor.", nameof(request));
        }
    }

    // [2·batch, tokens, hidden], the unconditional half first; [batch, …] without guidance.
    private Tensor EncodePrompts(SamplingRequest request)
    {
        var prompts = request.Items.Select(item => item.Prompt);
        var all = IsGuided(request) ? request.Items.Select(item => item.NegativePrompt).Concat(prompts) : prompts;
        return _model.Prompts.Encode([.. all]);
    }

    private Tensor Denoise(SamplingRequest request, IScheduler scheduler, Tensor hiddenStates, StageReport report, CancellationToken cancellationToken)
    {
        using var noise = new ImageNoise(request.Items.Select(item => item.Seed), _folder.Unet.InChannels, request.Height / Factor, request.Width / Factor, _device);
        using var picture = request.Picture is { } seen ? _model.Read(seen, request.Items.Count, IsGuided(request)) : null;
        using var prompt = _model.Predictor.Prepare(hiddenStates, picture);
        var latents = noise.Next() * scheduler.InitNoiseSigma.Held();
        foreach (var timestep in scheduler.Timesteps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var prediction = Predict(scheduler.ScaleModelInput(latents), timestep, prompt, request);
            var next = scheduler.Step(prediction, latents, noise.Next).MoveToOuterDisposeScope();
            latents.Dispose();
            latents = next;
            report.Done(SamplingStage.Denoising);
        }

        return latents;
    }

    /// <summary>The noise prediction with classifier-free guidance: ε = ε_uncond + s (ε_text - ε_uncond).</summary>
    private Tensor Predict(Tensor input, double timestep, PreparedPrompt prompt, SamplingRequest request)
    {
        var output = _model.Predictor.Predict(input, timestep, prompt);
        if (!IsGuided(request))
        {
            return output;
        }

        var halves = output.chunk(2);
        return halves[0] + (request.GuidanceScale.Held() * (halves[1] - halves[0]));
    }

    private List<RgbImage> Decode(Tensor latents, SamplingRequest request, CancellationToken cancellationToken)
    {
        var pictures = new List<RgbImage>(request.Items.Count);
        var chunk = Math.Max(1, (_device.type == DeviceType.CPU ? DecodedPixelCount : DecodedPixelCountOnACard) / (request.Width * request.Height));
        for (var first = 0; first < request.Items.Count; first += chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var part = latents.narrow(0, first, Math.Min(chunk, request.Items.Count - first));
            pictures.AddRange(PictureTensors.ToPictures(_coder.Decode(part / _folder.Vae.ScalingFactor.Held()), Describe));
        }

        return pictures;

        string Describe(int index) => $"The picture of seed {request.Items[pictures.Count + index].Seed}, prompt \"{request.Items[pictures.Count + index].Prompt}\",";
    }

    private sealed class StageReport(Action<SamplingStep>? progress, int stepCount)
    {
        private long _since = Stopwatch.GetTimestamp();
        private int _step;

        public void Done(SamplingStage stage)
        {
            _step += stage == SamplingStage.Denoising ? 1 : 0;
            progress?.Invoke(new SamplingStep(stage, _step, stepCount, Stopwatch.GetElapsedTime(_since)));
            _since = Stopwatch.GetTimestamp();
        }
    }
}
