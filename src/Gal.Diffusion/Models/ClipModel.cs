using Gal.Diffusion.Models.Clip;
using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models;

/// <summary>CLIP: pictures and texts in one space. state_dict keys are transformers' CLIPModel's.</summary>
public sealed class ClipModel : nn.Module
{
    // Before transformers 4.31 configs said 2, and the end token was found as the highest id.
    private const int LegacyEosTokenId = 2;

    internal readonly ClipTextTransformer text_model;
    internal readonly ClipVisionTransformer vision_model;
    internal readonly LinearLayer visual_projection;
    internal readonly LinearLayer text_projection;
    internal readonly Parameter logit_scale;

    /// <summary>Makes the modules; their parameters are uninitialised until <see cref="LoadWeights"/>.</summary>
    public ClipModel(ClipConfig config)
        : base(nameof(ClipModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        text_model = new ClipTextTransformer(config.TextConfig.Check());
        vision_model = new ClipVisionTransformer(config.VisionConfig.Check());
        visual_projection = new LinearLayer(config.VisionConfig.HiddenSize, config.ProjectionDim, hasBias: false);
        text_projection = new LinearLayer(config.TextConfig.HiddenSize, config.ProjectionDim, hasBias: false);
        logit_scale = new Parameter(empty([]));
        RegisterComponents();
    }

    /// <summary>What the model was made from.</summary>
    public ClipConfig Config { get; }

    /// <summary>Fills the parameters from a file, index or folder.</summary>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ; the message lists them.</exception>
    /// <exception cref="SafetensorsException">A file is damaged or pickled.</exception>
    public void LoadWeights(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        ModuleWeights.Load(this, checkpoint.Path, WeightNames.Clip(checkpoint.Tensors));
    }

    /// <summary>Projected features of pictures, not normalised.</summary>
    /// <param name="pixels">[batch, 3, size, size], normalised with CLIP's mean and deviation. Borrowed.</param>
    /// <returns>[batch, projection]; the caller disposes it.</returns>
    public Tensor ImageFeatures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return visual_projection.call(vision_model.call(pixels)).MoveToOuterDisposeScope();
    }

    /// <summary>Projected features of texts, not normalised. A text's features do not depend on the others in the batch.</summary>
    /// <param name="inputIds">[batch, tokens], int64, padded behind the end token. Borrowed.</param>
    /// <returns>[batch, projection]; the caller disposes it.</returns>
    public Tensor TextFeatures(Tensor inputIds)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        using var scope = NewDisposeScope();
        var states = text_model.call(inputIds);
        // The first end token's state: padding repeats the token.
        var isEnd = Config.TextConfig.EosTokenId == LegacyEosTokenId ? inputIds : inputIds.eq(Config.TextConfig.EosTokenId).to(ScalarType.Int32);
        var pooled = states[arange(inputIds.shape[0], device: inputIds.device), isEnd.argmax(-1)];
        return text_projection.call(pooled).MoveToOuterDisposeScope();
    }
}
