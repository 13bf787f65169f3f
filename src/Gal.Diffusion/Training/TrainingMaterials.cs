using Gal.Diffusion.Models;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>What every kind of training begins with: a checked specification, the model's parts, and the encoded samples.</summary>
internal sealed class TrainingMaterials : IDisposable
{
    private readonly TrainingSpec _spec;
    private readonly ModelFolder _folder;
    private readonly Device _device;
    private ClipTokenizer _tokenizer;
    private ClipTextModel? _textEncoder;
    private TrainingData? _data;

    private TrainingMaterials(TrainingSpec spec)
    {
        TorchRuntime.EnsureLoaded();
        _spec = spec;
        _folder = ModelFolder.Open(spec.ModelFolder);
        _device = torch.device(spec.Device);
        _tokenizer = ClipTokenizer.Load(_folder.TokenizerPath, _folder.TextEncoder.MaxPositionEmbeddings);
        _textEncoder = _folder.LoadTextEncoder(device: _device);
    }

    /// <summary>Checks the specification and opens its model.</summary>
    /// <exception cref="ArgumentException">A value of the specification is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The model folder is missing, damaged, or another architecture's.</exception>
    public static TrainingMaterials Load(TrainingSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Check();
        return new TrainingMaterials(spec);
    }

    /// <summary>The UNet that the training starts from, with float32 weights to train; the caller disposes it.</summary>
    public UNet2DConditionModel LoadUnet() => _folder.LoadUnet(device: _device, checkpoint: _spec.UnetCheckpoint);

    /// <summary>The same where none of its own weights are trained: in the format that it computes in. The caller disposes it.</summary>
    public UNet2DConditionModel LoadFrozenUnet() => _folder.LoadUnet(_spec.Options.ScalarType, _device, _spec.UnetCheckpoint);

    /// <summary>Adds a word to be learned; the samples' prompts must hold it. Owns the text encoder from here on.</summary>
    /// <exception cref="ArgumentException">The word or its initial word does not fit, or a prompt lacks it.</exception>
    public LearnedToken Learn(LearnedTokenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var token = new LearnedToken(_textEncoder!, _tokenizer, options);
        token.CheckPrompts(_spec.Samples);
        _tokenizer = token.Tokenizer;
        _data = TrainingData.Encode(_folder, _tokenizer, _textEncoder!, _spec);
        _textEncoder = null;
        return token;
    }

    /// <summary>The trainer; owns the target and the samples.</summary>
    public ITrainer Train(ITrainingTarget target)
    {
        var schedule = new NoiseSchedule(SchedulerConfig.Load(_folder.SchedulerConfigPath));
        var data = _data ?? TrainingData.Encode(_folder, _tokenizer, _textEncoder!, _spec);
        return new NoisePredictionTrainer(_spec, target, schedule, data, _spec.Preview is { } preview ? new PreviewSampler(_folder, _spec, preview, target, data) : null);
    }

    /// <summary>Lets go of the text encoder, unless a learned word took it.</summary>
    public void Dispose() => _textEncoder?.Dispose();
}
