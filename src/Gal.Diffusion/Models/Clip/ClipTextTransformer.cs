using Gal.Diffusion.Models.Layers;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Clip;

/// <summary>Token ids → hidden states, each of which sees the tokens up to its own.</summary>
internal sealed class ClipTextTransformer : nn.Module<Tensor, Tensor>
{
    public readonly Embeddings embeddings;
    public readonly ClipEncoder encoder;
    public readonly LayerNormLayer final_layer_norm;

    public ClipTextTransformer(ClipTextConfig config)
        : base(nameof(ClipTextTransformer))
    {
        embeddings = new Embeddings(config);
        encoder = new ClipEncoder(config);
        final_layer_norm = new LayerNormLayer(config.HiddenSize, config.LayerNormEps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor inputIds) => final_layer_norm.call(encoder.call(embeddings.call(inputIds)));

    /// <summary>Token plus position.</summary>
    internal sealed class Embeddings : nn.Module<Tensor, Tensor>
    {
        public readonly EmbeddingLayer token_embedding;
        public readonly EmbeddingLayer position_embedding;

        public Embeddings(ClipTextConfig config)
            : base(nameof(Embeddings))
        {
            token_embedding = new EmbeddingLayer(config.VocabSize, config.HiddenSize);
            position_embedding = new EmbeddingLayer(config.MaxPositionEmbeddings, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds) => token_embedding.call(inputIds) + position_embedding.weight.narrow(0, 0, inputIds.shape[1]);
    }
}
