using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A spatial transformer of the UNet: normalise, project in, blocks of self-attention, attention to the prompt and a gated feed-forward, project out, add.</summary>
internal sealed class PreparedTransformer : IDisposable
{
    private readonly Normalization _norm;
    private readonly PackedConvolution _projIn;
    private readonly PackedConvolution _projOut;
    private readonly List<PreparedTransformerBlock> _blocks = [];

    /// <summary>Reads the transformer's weights.</summary>
    public PreparedTransformer(WeightScope weights, long headCount, long groupCount)
    {
        // Transformer2DModel's own ε, whatever the UNet's.
        Dtype = weights.Dtype;
        _norm = weights.GroupNorm("norm", groupCount, 1e-6);
        _projIn = weights.Convolution("proj_in");
        _projOut = weights.Convolution("proj_out");
        while (weights.Contains($"transformer_blocks.{_blocks.Count}.norm1.weight"))
        {
            _blocks.Add(new PreparedTransformerBlock(weights.At($"transformer_blocks.{_blocks.Count}"), headCount));
        }

        Fused = new FusedTransformer(_norm, _projIn, _blocks, _projOut, (int)headCount);
    }

    /// <summary>The format in which the layers compute.</summary>
    public ScalarType Dtype { get; }

    /// <summary>The same layers as one operator, for inputs that fit it.</summary>
    public FusedTransformer Fused { get; }

    /// <summary>Keys and values of the prompt for every block, to be used in each denoising step.</summary>
    /// <param name="prompt">[batch, features, tokens, 1], channels last.</param>
    public IEnumerable<PromptAttention> Attend(Tensor prompt) => _blocks.Select(block => block.Attend(prompt));

    /// <summary>Runs the transformer.</summary>
    /// <param name="input">[batch, channels, height, width], channels last, of the prompts' batch or of a part that stands for all of it. Owned: the result takes its place.</param>
    /// <param name="prompts">One a block, in order.</param>
    /// <returns>[prompts' batch, channels, height, width].</returns>
    public Tensor Forward(Tensor input, ref ReadOnlySpan<PromptAttention> prompts)
    {
        if (Fused.Fits(input, prompts))
        {
            using var owned = input;
            var fused = Fused.Forward(input, prompts[.._blocks.Count]);
            prompts = prompts[_blocks.Count..];
            return fused;
        }

        return ForwardByLayers(input, ref prompts);
    }

    /// <summary>As <see cref="Forward"/>, layer by layer whatever the input.</summary>
    public Tensor ForwardByLayers(Tensor input, ref ReadOnlySpan<PromptAttention> prompts)
    {
        using var normalised = _norm.Group(input, null, silu: false);
        var hidden = _projIn.Apply(normalised);
        foreach (var block in _blocks)
        {
            hidden = block.Forward(hidden, prompts[0]);
            prompts = prompts[1..];
        }

        using var update = hidden;
        var result = ChannelsLast.Repeat(input, hidden.shape[0]);
        _projOut.Accumulate(update, result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _norm.Dispose();
        _projIn.Dispose();
        _projOut.Dispose();
        _blocks.ForEach(block => block.Dispose());
        Fused.Dispose();
    }
}
