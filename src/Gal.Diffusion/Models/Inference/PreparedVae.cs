using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The VAE (AutoencoderKL) made ready for encoding and decoding, in float32: weights laid out once, activations channels last. Equal to the trainable module within rounding.</summary>
internal sealed class PreparedVae : LatentCoder
{
    /// <summary>ε of every normalisation in AutoencoderKL; its configuration has no key for it.</summary>
    internal const double Epsilon = 1e-6;

    private readonly Coder _encoder;
    private readonly Coder _decoder;
    private readonly PackedConvolution? _quant;
    private readonly PackedConvolution? _postQuant;

    /// <summary>Reads the weights; the blocks and layers are those whose names the tensors carry.</summary>
    /// <param name="tensors">The VAE's tensors by their Hugging Face names (to_q, to_k, to_v, to_out.0 in the attention).</param>
    /// <param name="groupCount">norm_num_groups.</param>
    public PreparedVae(IReadOnlyDictionary<string, Tensor> tensors, long groupCount)
    {
        var weights = new WeightScope(tensors, float32);
        _encoder = new Coder(weights.At("encoder"), groupCount, isDecoder: false);
        _decoder = new Coder(weights.At("decoder"), groupCount, isDecoder: true);
        _quant = weights.Contains("quant_conv.weight") ? weights.Convolution("quant_conv") : null;
        _postQuant = weights.Contains("post_quant_conv.weight") ? weights.Convolution("post_quant_conv") : null;
    }

    /// <inheritdoc/>
    public override Tensor Encode(Tensor images) => Run(images, null, _encoder, _quant);

    /// <inheritdoc/>
    public override Tensor Decode(Tensor latents) => Run(latents, _postQuant, _decoder, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _encoder.Dispose();
        _decoder.Dispose();
        _quant?.Dispose();
        _postQuant?.Dispose();
    }

    private static Tensor Run(Tensor input, PackedConvolution? before, Coder coder, PackedConvolution? after)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var hidden = ChannelsLast.From(input, float32);
        hidden = before?.Apply(hidden) ?? hidden;
        hidden = coder.Forward(hidden);
        hidden = after?.Apply(hidden) ?? hidden;
        return hidden.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The encoder or the decoder; they differ in the order of their stages.</summary>
    private sealed class Coder : IDisposable
    {
        private readonly PackedConvolution _convIn;
        private readonly PackedConvolution _convOut;
        private readonly Normalization _normOut;
        private readonly List<PreparedVaeStage> _stages = [];

        public Coder(WeightScope weights, long groupCount, bool isDecoder)
        {
            var blocks = isDecoder ? "up_blocks" : "down_blocks";
            _convIn = weights.Convolution("conv_in", padding: 1);
            while (weights.Contains($"{blocks}.{_stages.Count}.resnets.0.norm1.weight"))
            {
                _stages.Add(new PreparedVaeStage(weights.At($"{blocks}.{_stages.Count}"), groupCount));
            }

            _stages.Insert(isDecoder ? 0 : _stages.Count, new PreparedVaeStage(weights.At("mid_block"), groupCount));
            _normOut = weights.GroupNorm("conv_norm_out", groupCount, Epsilon);
            _convOut = weights.Convolution("conv_out", padding: 1);
        }

        public Tensor Forward(Tensor input)
        {
            var hidden = _convIn.Apply(input);
            foreach (var stage in _stages)
            {
                hidden = stage.Forward(hidden);
            }

            using var last = hidden;
            using var normalised = _normOut.Group(last, null, silu: true);
            return _convOut.Apply(normalised);
        }

        public void Dispose()
        {
            _convIn.Dispose();
            _convOut.Dispose();
            _normOut.Dispose();
            _stages.ForEach(stage => stage.Dispose());
        }
    }
}
