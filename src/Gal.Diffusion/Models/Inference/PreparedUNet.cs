using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>
/// The Stable Diffusion 1.x UNet made ready for sampling: weights laid out once, activations channels last, activations and additions fused into the convolutions,
/// the prompt's keys and values computed once a request and the time embeddings once a timestep. Equal to the trainable module within rounding.
/// </summary>
internal sealed class PreparedUNet : NoisePredictor
{
    private readonly ScalarType _dtype;
    private readonly PackedConvolution _convIn;
    private readonly PackedConvolution _convOut;
    private readonly Normalization _normOut;
    private readonly List<Stage> _down = [];
    private readonly Stage _mid;
    private readonly List<Stage> _up = [];
    private readonly PreparedTimeEmbedding _time;

    /// <summary>Reads the weights; the blocks and layers are those whose names the tensors carry.</summary>
    /// <param name="tensors">The UNet's tensors by their Hugging Face names. Copied where they must be laid out anew; otherwise shared.</param>
    /// <param name="shape">What the names do not tell.</param>
    /// <param name="dtype">float32 or bfloat16.</param>
    public PreparedUNet(IReadOnlyDictionary<string, Tensor> tensors, UNetShape shape, ScalarType dtype)
    {
        _dtype = dtype;
        var weights = new WeightScope(tensors, dtype);
        var residuals = new List<(string, PreparedResnetBlock)>();
        // The first and the last convolution compute in float32 in any format: they cost next to nothing, and a rounded sample or prediction spoils a picture more than rounded activations,
        // the prediction most of all, for guidance multiplies its error. In bfloat16 oneDNN has no layout for so few channels either.
        _convIn = weights.In(float32).Convolution("conv_in", padding: 1);
        var channels = _convIn.OutChannels;
        var skips = new Stack<long>([channels]);
        for (var block = 0; weights.Contains($"down_blocks.{block}.resnets.0.norm1.weight"); block++)
        {
            var stage = new Stage(weights, $"down_blocks.{block}", shape, shape.HeadCounts[block], residuals, null, channels);
            _down.Add(stage);
            stage.OutChannels.ForEach(skips.Push);
            channels = skips.Peek();
        }

        _mid = new Stage(weights, "mid_block", shape, shape.HeadCounts[^1], residuals, null, channels);
        for (var block = 0; weights.Contains($"up_blocks.{block}.resnets.0.norm1.weight"); block++)
        {
            var stage = new Stage(weights, $"up_blocks.{block}", shape, shape.HeadCounts[^(block + 1)], residuals, skips, channels);
            _up.Add(stage);
            channels = stage.OutChannels[^1];
        }

        _time = new PreparedTimeEmbedding(weights, residuals, shape.FlipsSinToCos, shape.FrequencyShift);
        _normOut = weights.GroupNorm("conv_norm_out", shape.GroupCount, shape.Epsilon);
        _convOut = weights.In(float32).Convolution("conv_out", padding: 1);
    }

    /// <inheritdoc/>
    public override PreparedPrompt Prepare(Tensor hiddenStates, PictureTokens? picture = null)
    {
        using var noGrad = no_grad();
        using var typed = hiddenStates.to(_dtype);
        using var contiguous = typed.contiguous();
        using var prompt = ChannelsLast.OfTokens(contiguous);
        var layers = _down.Append(_mid).Concat(_up).SelectMany(stage => stage.Attend(prompt));
        var seen = picture is { Scale: not 0 } ? layers.Zip(picture.Adapter.Attend(picture.Tokens, picture.Scale), (layer, seen) => layer with { Picture = seen }) : layers;
        return new PreparedPrompt([.. seen], hiddenStates.shape[0]);
    }

    /// <inheritdoc/>
    public override Tensor Predict(Tensor sample, double timestep, PreparedPrompt prompt)
    {
        prompt.Check(sample);
        using var noGrad = no_grad();
        ReadOnlySpan<Tensor> times = _time.At(timestep);
        ReadOnlySpan<PromptAttention> prompts = prompt.Layers;
        var skips = new Stack<Tensor>();
        using var input = ChannelsLast.From(sample, float32);
        using var first = _convIn.Apply(input);
        using var typed = first.to(_dtype);
        skips.Push(typed.alias());
        foreach (var stage in _down)
        {
            stage.Descend(skips, ref times, ref prompts);
        }

        var hidden = _mid.Cross(skips.Peek(), ref times, ref prompts);
        foreach (var stage in _up)
        {
            hidden = stage.Ascend(hidden, skips, ref times, ref prompts);
        }

        using (hidden)
        {
            using var last = hidden.to(float32);
            using var normalised = _normOut.Group(last, null, silu: true);
            using var predicted = ChannelsLast.Repeat(_convOut.Apply(normalised), prompt.BatchSize);
            using var contiguous = predicted.contiguous();
            return contiguous.alias();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _convIn.Dispose();
        _convOut.Dispose();
        _normOut.Dispose();
        _time.Dispose();
        foreach (var stage in _down.Append(_mid).Concat(_up))
        {
            stage.Dispose();
        }
    }

    /// <summary>The blocks at one resolution.</summary>
    private sealed class Stage : IDisposable
    {
        private readonly List<PreparedResnetBlock> _resnets = [];
        private readonly List<PreparedTransformer> _attentions = [];
        private readonly PackedConvolution? _downsampler;
        private readonly PackedConvolution? _upsampler;

        public Stage(WeightScope weights, string prefix, UNetShape shape, long headCount, List<(string, PreparedResnetBlock)> residuals, Stack<long>? skips, long channels)
        {
            while (weights.Contains($"{prefix}.resnets.{_resnets.Count}.norm1.weight"))
            {
                var name = $"{prefix}.resnets.{_resnets.Count}";
                skips?.Pop();
                var resnet = new PreparedResnetBlock(weights.At(name), shape.GroupCount, shape.Epsilon, skips is null ? 0 : channels);
                _resnets.Add(resnet);
                residuals.Add((name, resnet));
                channels = resnet.OutChannels;
                OutChannels.Add(channels);
            }

            while (weights.Contains($"{prefix}.attentions.{_attentions.Count}.norm.weight"))
            {
                _attentions.Add(new PreparedTransformer(weights.At($"{prefix}.attentions.{_attentions.Count}"), headCount, shape.GroupCount));
            }

            if (weights.Contains($"{prefix}.downsamplers.0.conv.weight"))
            {
                _downsampler = weights.Convolution($"{prefix}.downsamplers.0.conv", shape.DownsamplePadding, stride: 2);
                OutChannels.Add(_downsampler.OutChannels);
            }

            if (weights.Contains($"{prefix}.upsamplers.0.conv.weight"))
            {
                _upsampler = weights.Convolution($"{prefix}.upsamplers.0.conv", padding: 1);
                OutChannels.Add(_upsampler.OutChannels);
            }
        }

        /// <summary>Channels of each result in order.</summary>
        public List<long> OutChannels { get; } = [];

        public IEnumerable<PromptAttention> Attend(Tensor prompt) => _attentions.SelectMany(attention => attention.Attend(prompt));

        public void Descend(Stack<Tensor> skips, ref ReadOnlySpan<Tensor> times, ref ReadOnlySpan<PromptAttention> prompts)
        {
            for (var layer = 0; layer < _resnets.Count; layer++)
            {
                var hidden = Resnet(layer, skips.Peek(), null, ref times);
                if (_attentions.Count > 0)
                {
                    hidden = _attentions[layer].Forward(hidden, ref prompts);
                }

                skips.Push(hidden);
            }

            if (_downsampler is not null)
            {
                skips.Push(_downsampler.Apply(skips.Peek()));
            }
        }

        public Tensor Cross(Tensor input, ref ReadOnlySpan<Tensor> times, ref ReadOnlySpan<PromptAttention> prompts)
        {
            var hidden = Resnet(0, input, null, ref times);
            for (var layer = 1; layer < _resnets.Count; layer++)
            {
                if (layer <= _attentions.Count)
                {
                    hidden = _attentions[layer - 1].Forward(hidden, ref prompts);
                }

                using var before = hidden;
                hidden = Resnet(layer, before, null, ref times);
            }

            return hidden;
        }

        public Tensor Ascend(Tensor hidden, Stack<Tensor> skips, ref ReadOnlySpan<Tensor> times, ref ReadOnlySpan<PromptAttention> prompts)
        {
            for (var layer = 0; layer < _resnets.Count; layer++)
            {
                // Only what came after the prompt was seen differs over the whole batch.
                var batch = Math.Max(hidden.shape[0], skips.Peek().shape[0]);
                using var before = ChannelsLast.Repeat(hidden, batch);
                using var skip = ChannelsLast.Repeat(skips.Pop(), batch);
                hidden = Resnet(layer, before, skip, ref times);
                if (_attentions.Count > 0)
                {
                    hidden = _attentions[layer].Forward(hidden, ref prompts);
                }
            }

            if (_upsampler is null)
            {
                return hidden;
            }

            // To the size of the skip it will meet, which for odd sizes is not exactly double.
            using var small = hidden;
            var size = skips.Peek().shape;
            using var large = nn.functional.interpolate(small, size: [size[2], size[3]], mode: InterpolationMode.Nearest);
            return _upsampler.Apply(large);
        }

        public void Dispose()
        {
            _resnets.ForEach(resnet => resnet.Dispose());
            _attentions.ForEach(attention => attention.Dispose());
            _downsampler?.Dispose();
            _upsampler?.Dispose();
        }

        private Tensor Resnet(int layer, Tensor first, Tensor? second, ref ReadOnlySpan<Tensor> times)
        {
            var result = _resnets[layer].Forward(first, second, times[0]);
            times = times[1..];
            return result;
        }
    }
}
