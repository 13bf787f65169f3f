using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>γ, β (one a channel, float32) and ε of a normalisation.</summary>
internal unsafe struct NormParameters
{
    public float* Weight;
    public float* Bias;
    public float Epsilon;
}

/// <summary>The weights of one transformer block and the prompt that it attends to.</summary>
internal unsafe struct TransformerLayer
{
    public NormParameters Norm1;
    public NormParameters Norm2;
    public NormParameters Norm3;
    public TileMatrix QueryKeyValue;
    public TileMatrix SelfOut;
    public TileMatrix Query;
    public TileMatrix PromptOut;
    public TileMatrix Value;
    public TileMatrix Gate;

    /// <summary>Its inputs in the order of <see cref="TileWords"/>.</summary>
    public TileMatrix FeedForwardOut;

    /// <summary>The first sample's prompt.</summary>
    public TileKeys Prompt;

    /// <summary>Bytes from a sample's keys, and values, to the next one's.</summary>
    public nint PromptKeysPitch, PromptValuesPitch;

    /// <summary>The first sample's picture; no keys without one.</summary>
    public TileKeys Picture;

    /// <summary>As for the prompt.</summary>
    public nint PictureKeysPitch, PictureValuesPitch;
}

/// <summary>
/// A spatial transformer from its input to its result, a few samples at a time, so that everything in between stays in one processor's cache:
/// normalise, project in, blocks of self-attention, attention to the prompt and gated feed-forward, project out, add. The residual stream is float32 in any format.
/// </summary>
/// <remarks>
/// Operator by operator the same work goes through memory twenty times, and each operator waits for all processors.
/// Samples of the input may stand for several of the result (both halves of the guidance): up to the first attention to a prompt they are computed once.
/// </remarks>
internal unsafe struct TransformerKernel<TSimd> : ITaskKernel
    where TSimd : ISimd<Vector512<float>>
{
    /// <summary>Rows that go through a layer at once: with 64 columns, their products take 16 KiB.</summary>
    public const int RowBlock = 64;

    /// <summary>[InputCount, pixels, channels].</summary>
    public byte* Input;

    /// <summary>[InputCount · Copies, pixels, channels]: all samples once, then all again.</summary>
    public byte* Destination;

    /// <summary>Samples of the input.</summary>
    public int InputCount;

    /// <summary>Samples of the result for each one of the input.</summary>
    public int Copies;

    /// <summary>Samples a task.</summary>
    public int SamplesATask;

    /// <summary>Height × width.</summary>
    public int PixelCount;

    /// <summary>Channels; a multiple of 16.</summary>
    public int ChannelCount;

    /// <summary>Attention heads; channels / heads is a multiple of 16.</summary>
    public int HeadCount;

    /// <summary>Groups of the first normalisation.</summary>
    public int GroupCount;

    /// <summary>The first normalisation.</summary>
    public NormParameters Norm;

    /// <summary>The projections around the blocks.</summary>
    public TileMatrix ProjectionIn, ProjectionOut;

    /// <summary>The blocks in order.</summary>
    public TransformerLayer* Layers;

    /// <summary>How many.</summary>
    public int LayerCount;

    /// <summary>Working memory, <see cref="ScratchSize"/> bytes a thread; begins at a multiple of 64.</summary>
    public byte* Scratch;

    /// <summary>Bytes of working memory a thread; a multiple of 64.</summary>
    public nint ScratchSize;

    /// <summary>Tokens of the longest prompt or picture.</summary>
    public int LongestPrompt;

    /// <summary>Tasks in all.</summary>
    public readonly int TaskCount => (InputCount + SamplesATask - 1) / SamplesATask;

    private readonly int HeadSize => ChannelCount / HeadCount;

    /// <summary>Sets <see cref="ScratchSize"/> from the sizes.</summary>
    public void MeasureScratch()
    {
        var numbers = (nint)SamplesATask * PixelCount * ChannelCount;
        ScratchSize = Rounded(numbers * 2 * sizeof(float)) + Rounded(numbers * 5 * TSimd.ElementSize)
            + Rounded((RowBlock * TileMatrix.WidestBlock * 2 * sizeof(float)) + (RowBlock * TileMatrix.WidestBlock * TSimd.ElementSize))
            + Rounded(TileAttention<TSimd>.SizeOf(Math.Max(PixelCount, LongestPrompt), HeadSize));

        static nint Rounded(nint size) => (size + 63) & ~63;
    }

    /// <inheritdoc/>
    public readonly void Execute(int task, int worker)
    {
        var first = task * SamplesATask;
        var work = new Work(this, Scratch + (worker * ScratchSize), Math.Min(SamplesATask, InputCount - first));
        work.ProjectIn(Input + (first * SampleSize));
        work.AttendToItself(Layers[0]);
        if (Copies > 1)
        {
            work.Save();
        }

        for (var copy = 0; copy < Copies; copy++)
        {
            if (copy > 0)
            {
                work.Restore();
            }

            var sample = first + (copy * InputCount);
            for (var layer = 0; layer < LayerCount; layer++)
            {
                if (layer > 0)
                {
                    work.AttendToItself(Layers[layer]);
                }

                work.AttendToPrompt(Layers[layer], sample);
                work.FeedForward(Layers[layer]);
            }

            work.ProjectOut(Input + (first * SampleSize), Destination + (sample * SampleSize));
        }
    }

    /// <inheritdoc/>
    public readonly void Finish() => TileProduct.Release();

    private readonly nint SampleSize => (nint)PixelCount * ChannelCount * TSimd.ElementSize;

    /// <summary>One task's memory and steps.</summary>
    private ref struct Work
    {
        private readonly TransformerKernel<TSimd> _kernel;
        private readonly int _samples;
        private readonly int _rows;
        private readonly int _width;
        private readonly float* _hidden; // [rows, channels]: the residual stream
        private readonly float* _saved; // likewise
        private readonly byte* _input; // [rows, channels]: what goes into a layer
        private readonly byte* _attended; // likewise
        private readonly byte* _projected; // [rows, 3 channels]: queries, keys, values
        private readonly float* _first; // [RowBlock, widest block]: results of products
        private readonly float* _second; // likewise
        private readonly byte* _gated; // [RowBlock, widest block]
        private readonly TileAttention<TSimd> _attention;

        // What the residual stream still lacks: the bias of the layer that was added last.
        private float* _bias;

        public Work(in TransformerKernel<TSimd> kernel, byte* scratch, int samples)
        {
            _kernel = kernel;
            (_samples, _rows, _width) = (samples, samples * kernel.PixelCount, kernel.ChannelCount);
            var numbers = (nint)kernel.SamplesATask * kernel.PixelCount * _width;
            _hidden = (float*)scratch;
            _saved = _hidden + numbers;
            _input = (byte*)(_saved + numbers);
            _attended = _input + (numbers * TSimd.ElementSize);
            _projected = _attended + (numbers * TSimd.ElementSize);
            _first = (float*)(((nint)_projected + (3 * numbers * TSimd.ElementSize) + 63) & ~63);
            _second = _first + (RowBlock * TileMatrix.WidestBlock);
            _gated = (byte*)(_second + (RowBlock * TileMatrix.WidestBlock));
            _attention = TileAttention<TSimd>.Place(_gated + (RowBlock * TileMatrix.WidestBlock * TSimd.ElementSize), Math.Max(kernel.PixelCount, kernel.LongestPrompt), kernel.HeadSize);
        }

        private readonly float AttentionScale => (float)(1.4426950408889634 / Math.Sqrt(_kernel.HeadSize));

        public void ProjectIn(byte* samples)
        {
            var norm = new GroupNormKernel<Vector512<float>, TSimd>
            {
                First = samples,
                Destination = _input,
                Weight = _kernel.Norm.Weight,
                Bias = _kernel.Norm.Bias,
                Epsilon = _kernel.Norm.Epsilon,
                FirstChannelCount = _width,
                PixelCount = _kernel.PixelCount,
                GroupCount = _kernel.GroupCount,
            };
            norm.Execute(0, _samples);
            Multiply(_kernel.ProjectionIn, _input, adds: false);
        }

        public void AttendToItself(in TransformerLayer layer)
        {
            Normalise(layer.Norm1);
            var stride = 3 * _width;
            Project(layer.QueryKeyValue, stride);
            for (var sample = 0; sample < _samples; sample++)
            {
                var queries = _projected + ((nint)sample * _kernel.PixelCount * stride * TSimd.ElementSize);
                var keys = new TileKeys
                {
                    Keys = queries + ((nint)_width * TSimd.ElementSize),
                    Values = queries + ((nint)2 * _width * TSimd.ElementSize),
                    KeyHead = _kernel.HeadSize,
                    KeyToken = stride,
                    ValueHead = _kernel.HeadSize,
                    ValueToken = stride,
                    Count = _kernel.PixelCount,
                };
                _attention.Run(queries, stride, _kernel.PixelCount, keys, _kernel.HeadCount, _attended + (sample * _kernel.SampleSize), adds: false);
            }

            Multiply(layer.SelfOut, _attended, adds: true);
        }

        public void AttendToPrompt(in TransformerLayer layer, int firstSample)
        {
            Normalise(layer.Norm2);
            Project(layer.Query, _width);
            for (var sample = 0; sample < _samples; sample++)
            {
                Attend(layer.Prompt, layer.PromptKeysPitch, layer.PromptValuesPitch, sample, firstSample, adds: false);
                if (layer.Picture.Count > 0)
                {
                    Attend(layer.Picture, layer.PictureKeysPitch, layer.PictureValuesPitch, sample, firstSample, adds: true);
                }
            }

            Multiply(layer.PromptOut, _attended, adds: true);
        }

        public void FeedForward(in TransformerLayer layer)
        {
            Normalise(layer.Norm3);
            var (width, outWidth) = (layer.Gate.BlockWidth, layer.FeedForwardOut.BlockWidth);
            for (var row = 0; row < _rows; row += RowBlock)
            {
                var rows = Math.Min(RowBlock, _rows - row);
                var input = _input + ((nint)row * _width * TSimd.ElementSize);
                for (var inner = 0; inner < layer.Gate.Out; inner += width)
                {
                    layer.Gate.Multiply<TSimd>(inner / width, input, _width, rows, _first, width, adds: false);
                    layer.Value.Multiply<TSimd>(inner / width, input, _width, rows, _second, width, adds: false);
                    TileRows.Gate<TSimd>(_first, _second, layer.Gate.Bias + inner, layer.Value.Bias + inner, _gated, rows, width);
                    for (var column = 0; column < _width; column += outWidth)
                    {
                        layer.FeedForwardOut.MultiplyPart<TSimd>(column / outWidth, inner, width, _gated, width, rows, _hidden + ((nint)row * _width) + column, _width);
                    }
                }
            }

            _bias = layer.FeedForwardOut.Bias;
        }

        public readonly void ProjectOut(byte* samples, byte* destination)
        {
            var layer = _kernel.ProjectionOut;
            for (var row = 0; row < _rows; row += RowBlock)
            {
                var rows = Math.Min(RowBlock, _rows - row);
                var at = (nint)row * _width;
                TileRows.Convert<TSimd>(_hidden + at, _width, _bias, 1, _input, _width, rows, _width);
                for (var column = 0; column < _width; column += layer.BlockWidth)
                {
                    layer.Multiply<TSimd>(column / layer.BlockWidth, _input, _width, rows, _first, layer.BlockWidth, adds: false);
                    var offset = (at + column) * TSimd.ElementSize;
                    TileRows.Add<TSimd>(_first, layer.BlockWidth, layer.Bias + column, samples + offset, destination + offset, _width, rows, layer.BlockWidth);
                }
            }
        }

        public readonly void Save() => NativeMemory.Copy(_hidden, _saved, (nuint)_rows * (nuint)_width * sizeof(float));

        public void Restore()
        {
            NativeMemory.Copy(_saved, _hidden, (nuint)_rows * (nuint)_width * sizeof(float));
            _bias = _kernel.Layers[0].SelfOut.Bias;
        }

        private readonly void Attend(in TileKeys first, nint keysPitch, nint valuesPitch, int sample, int firstSample, bool adds)
        {
            var keys = first;
            keys.Keys += (firstSample + sample) * keysPitch;
            keys.Values += (firstSample + sample) * valuesPitch;
            var offset = sample * _kernel.SampleSize;
            _attention.Run(_projected + offset, _width, _kernel.PixelCount, keys, _kernel.HeadCount, _attended + offset, adds);
        }

        private void Normalise(in NormParameters norm)
        {
            TileRows.Normalise<TSimd>(_hidden, _bias, norm, _input, _rows, _width);
            _bias = null;
        }

        // The residual stream becomes, or grows by, a layer's result; its bias follows with the next normalisation.
        private void Multiply(in TileMatrix layer, byte* input, bool adds)
        {
            for (var row = 0; row < _rows; row += RowBlock)
            {
                var rows = Math.Min(RowBlock, _rows - row);
                var at = (nint)row * _width;
                for (var column = 0; column < _width; column += layer.BlockWidth)
                {
                    layer.Multiply<TSimd>(column / layer.BlockWidth, input + (at * TSimd.ElementSize), _width, rows, _hidden + at + column, _width, adds);
                }
            }

            _bias = layer.Bias;
        }

        // Queries, scaled, and what else the layer gives after them.
        private readonly void Project(in TileMatrix layer, int stride)
        {
            for (var row = 0; row < _rows; row += RowBlock)
            {
                var rows = Math.Min(RowBlock, _rows - row);
                for (var column = 0; column < layer.Out; column += layer.BlockWidth)
                {
                    layer.Multiply<TSimd>(column / layer.BlockWidth, _input + ((nint)row * _width * TSimd.ElementSize), _width, rows, _first, layer.BlockWidth, adds: false);
                    var target = _projected + ((((nint)row * stride) + column) * TSimd.ElementSize);
                    TileRows.Convert<TSimd>(_first, layer.BlockWidth, layer.Bias, column < _width ? AttentionScale : 1, target, stride, rows, layer.BlockWidth);
                }
            }
        }
    }
}
