using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gal.Diffusion.Models.Inference.Kernels;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A spatial transformer as one operator, where a sample's activations and the weights fit a processor's cache: <see cref="TransformerKernel{TSimd}"/>. Equal to the layers one by one within rounding.</summary>
/// <param name="norm">The layers, which live as long as this.</param>
/// <param name="projectionIn">Likewise.</param>
/// <param name="blocks">Likewise.</param>
/// <param name="projectionOut">Likewise.</param>
/// <param name="headCount">Attention heads.</param>
internal sealed unsafe class FusedTransformer(Normalization norm, PackedConvolution projectionIn, List<PreparedTransformerBlock> blocks, PackedConvolution projectionOut, int headCount) : IDisposable
{
    // Beyond these what lies between the layers leaves a second-level cache of 1 MiB, or is too wide for the kernel's tiles to pay.
    private const long LargestSample = 64 * 1024;
    private const int MostChannels = 256;
    private const int MostTokens = 1024;

    // Laid out at the first use, so that a model that never fits holds its weights once.
    private Weights? _weights;

    /// <summary>Whether the kernel can take the input's place and is worth it.</summary>
    /// <param name="input">[batch, channels, height, width], channels last.</param>
    /// <param name="prompts">Beginning with those of this transformer's blocks.</param>
    public bool Fits(Tensor input, ReadOnlySpan<PromptAttention> prompts)
    {
        var shape = input.shape;
        var (channels, pixels) = (shape[1], shape[2] * shape[3]);
        return TileProduct.IsAvailable && input.dtype == ScalarType.BFloat16
            && channels <= MostChannels && channels % (16 * headCount) == 0 && channels % norm.GroupCount == 0
            && pixels * channels <= LargestSample && pixels <= MostTokens
            && prompts[0].Keys.shape[2] <= MostTokens
            && shape[0] >= ParallelTeam.CountWorkers(int.MaxValue);
    }

    /// <summary>Runs the transformer.</summary>
    /// <param name="input">[batch, channels, height, width], channels last, of the prompts' batch or of a part that stands for all of it. Borrowed.</param>
    /// <param name="prompts">One a block.</param>
    /// <returns>[prompts' batch, channels, height, width]; the caller disposes it.</returns>
    public Tensor Forward(Tensor input, ReadOnlySpan<PromptAttention> prompts) =>
        input.dtype == ScalarType.BFloat16 ? Forward<Simd512BFloat16>(input, prompts) : Forward<Simd512Float32>(input, prompts);

    /// <inheritdoc/>
    public void Dispose() => _weights?.Dispose();

    private Tensor Forward<TSimd>(Tensor input, ReadOnlySpan<PromptAttention> prompts)
        where TSimd : ISimd<Vector512<float>>
    {
        _weights ??= new Weights(projectionIn, blocks, projectionOut);
        var shape = input.shape;
        var batch = prompts[0].Keys.shape[0];
        var result = ChannelsLast.Empty(batch, shape[1], shape[2], shape[3], input.dtype, input.device);
        var layers = stackalloc TransformerLayer[blocks.Count];
        var longest = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            layers[i] = _weights.Layers[i];
            (layers[i].Prompt, layers[i].PromptKeysPitch, layers[i].PromptValuesPitch) = View<TSimd>(prompts[i]);
            if (prompts[i].Picture is { } picture)
            {
                (layers[i].Picture, layers[i].PictureKeysPitch, layers[i].PictureValuesPitch) = View<TSimd>(picture);
            }

            longest = Math.Max(longest, Math.Max(layers[i].Prompt.Count, layers[i].Picture.Count));
        }

        var pixels = (int)(shape[2] * shape[3]);
        var kernel = new TransformerKernel<TSimd>
        {
            Input = (byte*)OneDnn.Address(input),
            Destination = (byte*)OneDnn.Address(result),
            InputCount = (int)shape[0],
            Copies = (int)(batch / shape[0]),
            // Small pictures together, so that a layer's weights are read for a block of rows; but enough tasks for all threads to end together.
            SamplesATask = (int)Math.Clamp(shape[0] / (8 * ParallelTeam.CountWorkers(int.MaxValue)), 1, Math.Max(1, TransformerKernel<TSimd>.RowBlock / pixels)),
            PixelCount = pixels,
            ChannelCount = (int)shape[1],
            HeadCount = headCount,
            GroupCount = norm.GroupCount,
            Norm = norm.Parameters,
            ProjectionIn = _weights.ProjectionIn,
            ProjectionOut = _weights.ProjectionOut,
            Layers = layers,
            LayerCount = blocks.Count,
            LongestPrompt = longest,
        };
        kernel.MeasureScratch();
        var memory = NativeMemory.AlignedAlloc((nuint)(kernel.ScratchSize * ParallelTeam.CountWorkers(kernel.TaskCount)), 4096);
        try
        {
            kernel.Scratch = (byte*)memory;
            ParallelTeam.RunTasks(kernel, kernel.TaskCount);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }

        return result;
    }

    private static (TileKeys Keys, nint KeysPitch, nint ValuesPitch) View<TSimd>(PromptAttention prompt)
        where TSimd : ISimd<Vector512<float>>
    {
        var (keys, values) = (prompt.Keys.stride(), prompt.Values.stride());
        var view = new TileKeys
        {
            Keys = (byte*)OneDnn.Address(prompt.Keys),
            Values = (byte*)OneDnn.Address(prompt.Values),
            KeyHead = (int)keys[1],
            KeyToken = (int)keys[2],
            ValueHead = (int)values[1],
            ValueToken = (int)values[2],
            Count = (int)prompt.Keys.shape[2],
        };
        return (view, (nint)keys[0] * TSimd.ElementSize, (nint)values[0] * TSimd.ElementSize);
    }

    /// <summary>All layers laid out.</summary>
    private sealed class Weights : IDisposable
    {
        private readonly List<TiledLinear> _owned = [];

        public Weights(PackedConvolution projectionIn, List<PreparedTransformerBlock> blocks, PackedConvolution projectionOut)
        {
            ProjectionIn = LayOut(projectionIn);
            ProjectionOut = LayOut(projectionOut);
            Layers = [.. blocks.Select(LayOut)];
        }

        public TileMatrix ProjectionIn { get; }

        public TileMatrix ProjectionOut { get; }

        public TransformerLayer[] Layers { get; }

        public void Dispose() => _owned.ForEach(layer => layer.Dispose());

        private TileMatrix LayOut(PackedConvolution layer, bool isApart = false)
        {
            _owned.Add(new TiledLinear(layer, isApart));
            return _owned[^1].Matrix;
        }

        private TransformerLayer LayOut(PreparedTransformerBlock block)
        {
            var (layers, norms) = (block.Layers, block.Norms);
            return new TransformerLayer
            {
                Norm1 = norms.First.Parameters,
                Norm2 = norms.Second.Parameters,
                Norm3 = norms.Third.Parameters,
                QueryKeyValue = LayOut(layers.QueryKeyValue),
                SelfOut = LayOut(layers.SelfOut),
                Query = LayOut(layers.Query),
                PromptOut = LayOut(layers.PromptOut),
                Value = LayOut(layers.Value),
                Gate = LayOut(layers.Gate),
                FeedForwardOut = LayOut(layers.FeedForwardOut, isApart: true),
            };
        }
    }
}
