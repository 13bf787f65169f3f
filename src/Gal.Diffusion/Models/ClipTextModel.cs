using Gal.Diffusion.Models.Clip;
using Gal.Diffusion.Weights;
using TorchSharp.Modules;
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

    /// <summary>The token embedding [tokens, hidden], which Textual Inversion trains rows of.</summary>
    public Parameter TokenEmbedding => text_model.embeddings.token_embedding.weight;

    /// <summary>Appends rows to the token embedding.</summary>
    /// <param name="vectors">[count, hidden]. Borrowed.</param>
    /// <returns>The id of the first.</returns>
    public int AppendTokens(Tensor vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        using var noGrad = no_grad();
        var embedding = text_model.embeddings.token_embedding;
        using var rows = vectors.to(embedding.weight.dtype).to(embedding.weight.device);
        return embedding.Append(rows);
    }

    /// <param name="inputIds">[batch, tokens], int64, at most MaxPositionEmbeddings tokens. Borrowed.</param>
    /// <returns>[batch, tokens, hidden]: the last layer's states after the final norm; the caller disposes them.</returns>
    public override Tensor forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        return text_model.call(inputIds).MoveToOuterDisposeScope();
    }
}
