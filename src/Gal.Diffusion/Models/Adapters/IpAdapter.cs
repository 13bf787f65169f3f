using System.Globalization;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Models.Unet;
using Gal.Diffusion.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>
/// IP-Adapter (inference): a picture's CLIP embedding becomes a few tokens, to which every cross-attention has keys and values of its own:
/// out = attention(text) + scale · attention(picture).
/// </summary>
public sealed class IpAdapter : IDisposable
{
    private const string ProjectionName = "image_proj.proj.weight";

    private readonly Parts _parts;
    private readonly List<(CrossAttention Attention, ImagePromptAttention Projections)> _attentions;

    private readonly List<(CrossAttention Attention, ImagePromptAttention Projections)> _inOrderOfUse;

    private IpAdapter(Parts parts, List<(CrossAttention Attention, ImagePromptAttention Projections)> attentions, UNet2DConditionModel unet)
    {
        (_parts, _attentions) = (parts, attentions);
        var projections = attentions.ToDictionary(pair => pair.Attention, pair => pair.Projections);
        _inOrderOfUse = [.. CrossAttentions([.. Down(unet), .. unet.mid_block.attentions, .. Up(unet)]).Select(attention => (attention, projections[attention]))];
    }

    /// <summary>Width of the picture embeddings that the adapter was trained with.</summary>
    public long EmbeddingSize => _parts.image_proj.proj.weight.shape[1];

    /// <summary>The type it computes in, the UNet's.</summary>
    public ScalarType Dtype => _parts.image_proj.proj.weight.dtype;

    /// <summary>Width of the picture embeddings that a file was trained with, by its header.</summary>
    /// <exception cref="SafetensorsException">The file is damaged or pickled, or another form of IP-Adapter.</exception>
    public static long ReadEmbeddingSize(string path)
    {
        using var file = Checkpoint.Open(path);
        return FindProjection(file).Shape[1];
    }

    /// <summary>Reads a safetensors file for the given UNet.</summary>
    /// <exception cref="CheckpointMismatchException">The file was made for another architecture; names and shapes are listed.</exception>
    /// <exception cref="SafetensorsException">The file is damaged or pickled, or another form of IP-Adapter.</exception>
    public static IpAdapter Load(string path, UNet2DConditionModel unet)
    {
        ArgumentNullException.ThrowIfNull(unet);
        using var file = Checkpoint.Open(path);
        var projection = FindProjection(file);
        long tokenSize = unet.Config.CrossAttentionDim;
        // diffusers' order of attention processors; the file numbers self-attentions too, so cross-attentions have the odd numbers.
        var attentions = CrossAttentions([.. Down(unet), .. Up(unet), .. unet.mid_block.attentions]);
        var parts = new Parts(projection.Shape[1], projection.Shape[0] / tokenSize, tokenSize, attentions);
        try
        {
            ModuleWeights.Load(parts, file.Path, file.Tensors);
            var parameter = unet.conv_in.weight;
            parts.to(parameter.dtype);
            parts.to(parameter.device);
            return new IpAdapter(parts, [.. attentions.Zip(parts.Attentions)], unet);
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <summary>The tokens of pictures.</summary>
    /// <param name="imageEmbeddings">[batch, <see cref="EmbeddingSize"/>]: CLIP's projected features, not normalised; zeros stand for "no picture", the unconditional half of guidance. Borrowed.</param>
    /// <returns>[batch, tokens, context]; the caller disposes it.</returns>
    public Tensor ImageTokens(Tensor imageEmbeddings)
    {
        using var scope = NewDisposeScope();
        return _parts.image_proj.call(imageEmbeddings).MoveToOuterDisposeScope();
    }

    /// <summary>Lets the UNet see the pictures from its next call on.</summary>
    /// <param name="imageTokens">[batch, tokens, context], of the batch of those calls. Borrowed until <see cref="Detach"/>.</param>
    /// <param name="scale">How much the picture counts: 0 not at all, 1 as trained.</param>
    public void Attach(Tensor imageTokens, double scale = 1)
    {
        foreach (var (attention, projections) in _attentions)
        {
            attention.ImagePrompt = new ImagePrompt(projections, imageTokens, scale);
        }
    }

    /// <summary>The pictures' keys and values for a prepared UNet, in its order of use.</summary>
    /// <param name="imageTokens">[batch, tokens, context]. Borrowed.</param>
    /// <param name="scale">Multiplies the values, which comes to the same as multiplying what is attended.</param>
    internal List<PromptAttention> Attend(Tensor imageTokens, double scale) => [.. _inOrderOfUse.Select(pair => Attend(pair.Attention, pair.Projections, imageTokens, scale))];

    /// <summary>Lets the UNet see no picture any more.</summary>
    public void Detach()
    {
        foreach (var (attention, _) in _attentions)
        {
            attention.ImagePrompt = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Detach();
        _parts.Dispose();
    }

    // The Plus, Full Face and FaceID forms have other projections: image_proj.latents, image_proj.proj.0.weight.
    private static StoredTensor FindProjection(Checkpoint file) => file.Tensors.TryGetValue(ProjectionName, out var projection) && projection.Shape.Count == 2
        ? projection
        : throw new SafetensorsException(file.Path, $"this IP-Adapter has no matrix {ProjectionName}: it is of another form (Plus, Full Face, FaceID), which is not supported; take the plain one, such as ip-adapter_sd15.safetensors.");

    private static PromptAttention Attend(CrossAttention attention, ImagePromptAttention projections, Tensor imageTokens, double scale)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var values = projections.to_v_ip.call(imageTokens) * scale;
        return new PromptAttention(Heads(projections.to_k_ip.call(imageTokens)).DetachFromDisposeScope(), Heads(values).DetachFromDisposeScope());

        Tensor Heads(Tensor states) => states.view(states.shape[0], states.shape[1], attention.HeadCount, -1).transpose(1, 2).contiguous();
    }

    private static IEnumerable<SpatialTransformer> Down(UNet2DConditionModel unet) => unet.down_blocks.SelectMany(block => (IEnumerable<SpatialTransformer>?)block.attentions ?? []);

    private static IEnumerable<SpatialTransformer> Up(UNet2DConditionModel unet) => unet.up_blocks.SelectMany(block => (IEnumerable<SpatialTransformer>?)block.attentions ?? []);

    private static List<CrossAttention> CrossAttentions(IEnumerable<SpatialTransformer> transformers) =>
        [.. transformers.SelectMany(transformer => transformer.transformer_blocks).Select(block => block.attn2)];

    /// <summary>The file's tensors under the file's names.</summary>
    private sealed class Parts : nn.Module
    {
        public readonly ImageProjection image_proj;
        public readonly Numbered ip_adapter;

        public Parts(long embeddingSize, long tokenCount, long tokenSize, List<CrossAttention> attentions)
            : base(nameof(Parts))
        {
            image_proj = new ImageProjection(embeddingSize, tokenCount, tokenSize);
            ip_adapter = new Numbered([.. attentions.Select(attention => new ImagePromptAttention(tokenSize, attention.to_q.weight.shape[0]))]);
            RegisterComponents();
        }

        public IReadOnlyList<ImagePromptAttention> Attentions => ip_adapter.Attentions;
    }

    /// <summary>1, 3, 5, …</summary>
    private sealed class Numbered : nn.Module
    {
        public Numbered(ImagePromptAttention[] attentions)
            : base(nameof(Numbered))
        {
            Attentions = attentions;
            for (var i = 0; i < attentions.Length; i++)
            {
                register_module(((2 * i) + 1).ToString(CultureInfo.InvariantCulture), attentions[i]);
            }
        }

        public IReadOnlyList<ImagePromptAttention> Attentions { get; }
    }

    /// <summary>One embedding → several normalised tokens.</summary>
    private sealed class ImageProjection : nn.Module<Tensor, Tensor>
    {
        public readonly LinearLayer proj;
        public readonly LayerNormLayer norm;
        private readonly long _tokenCount;

        public ImageProjection(long embeddingSize, long tokenCount, long tokenSize)
            : base(nameof(ImageProjection))
        {
            _tokenCount = tokenCount;
            proj = new LinearLayer(embeddingSize, tokenCount * tokenSize);
            norm = new LayerNormLayer(tokenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor embeddings) => norm.call(proj.call(embeddings).view(embeddings.shape[0], _tokenCount, -1));
    }
}
