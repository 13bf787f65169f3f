using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Clip;

/// <summary>Pixels → the class token's normalised hidden state.</summary>
internal sealed class ClipVisionTransformer : nn.Module<Tensor, Tensor>
{
    public readonly Embeddings embeddings;

    // The files spell it so.
    public readonly LayerNormLayer pre_layrnorm;
    public readonly ClipEncoder encoder;
    public readonly LayerNormLayer post_layernorm;

    public ClipVisionTransformer(ClipVisionConfig config)
        : base(nameof(ClipVisionTransformer))
    {
        embeddings = new Embeddings(config);
        pre_layrnorm = new LayerNormLayer(config.HiddenSize, config.LayerNormEps);
        encoder = new ClipEncoder(config);
        post_layernorm = new LayerNormLayer(config.HiddenSize, config.LayerNormEps);
        RegisterComponents();
    }

    /// <param name="pixels">[batch, 3, size, size], normalised.</param>
    /// <returns>[batch, hidden].</returns>
    public override Tensor forward(Tensor pixels) => post_layernorm.call(encoder.call(pre_layrnorm.call(embeddings.call(pixels))).select(1, 0));

    /// <summary>The class token and the patches, plus position.</summary>
    internal sealed class Embeddings : nn.Module<Tensor, Tensor>
    {
        public readonly Parameter class_embedding;
        public readonly ConvolutionLayer patch_embedding;
        public readonly EmbeddingLayer position_embedding;

        public Embeddings(ClipVisionConfig config)
            : base(nameof(Embeddings))
        {
            var side = config.ImageSize / config.PatchSize;
            class_embedding = new Parameter(empty(config.HiddenSize));
            patch_embedding = new ConvolutionLayer(config.NumChannels, config.HiddenSize, config.PatchSize, stride: config.PatchSize, hasBias: false);
            position_embedding = new EmbeddingLayer((side * side) + 1, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor pixels)
        {
            var patches = patch_embedding.call(pixels).flatten(2).transpose(1, 2);
            var classToken = class_embedding.expand(pixels.shape[0], 1, -1);
            return cat([classToken, patches], 1) + position_embedding.weight;
        }
    }
}
