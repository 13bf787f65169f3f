using Gal.Diffusion.Models.Clip;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models;

/// <summary>The text encoder of Stable Diffusion 1.x. state_dict keys are transformers', with "text_model.".</summary>
public sealed class ClipTextModel : nn.Module<Tensor, Tensor>
{
    internal readonly ClipTextTransformer text_model;

    /// <summary>Makes the modules; their parameters are uninitialised until <see cref="LoadWeights"/>.</summary>
    public ClipTextModel(ClipTextConfig config)
        : base(nameof(ClipTextModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Check();
        text_model = new ClipTextTransformer(config);
        RegisterComponents();
    }

    /// <summary>What the model was made from.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Fills the parameters from a file, index or folder, with "text_model." before each name or without.</summary>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ; the message lists them.</exception>
    /// <exception cref="SafetensorsException">A file is damaged or pickled.</exception>
    public void LoadWeights(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        ModuleWeights.Load(this, checkpoint.Path, WeightNames.ClipText(checkpoint.Tensors));
    }

    /// <param name="inputIds">[batch, tokens], int64, at most MaxPositionEmbeddings tokens. Borrowed.</param>
    /// <returns>[batch, tokens, hidden]: the last layer's states after the final norm; the caller disposes them.</returns>
    public override Tensor forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        return text_model.call(inputIds).MoveToOuterDisposeScope();
    }
}
