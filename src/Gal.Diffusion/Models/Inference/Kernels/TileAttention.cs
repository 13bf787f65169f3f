using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>Keys and values of all heads of one sample, in the storage format; the features of a head lie side by side.</summary>
internal unsafe struct TileKeys
{
    /// <summary>Where the first head's first key begins.</summary>
    public byte* Keys;

    /// <summary>Where the first head's first value begins.</summary>
    public byte* Values;

    /// <summary>Elements from a head's keys to the next head's.</summary>
    public int KeyHead;

    /// <summary>Elements from a key to the next token's.</summary>
    public int KeyToken;

    /// <summary>Elements from a head's values to the next head's.</summary>
    public int ValueHead;

    /// <summary>Elements from a value to the next token's.</summary>
    public int ValueToken;

    /// <summary>Tokens; at least 1.</summary>
    public int Count;
}

/// <summary>softmax(Q Kᵀ) V of the heads of one sample by products of tiles; the queries are scaled already, by log₂ e / √d.</summary>
/// <remarks>All keys of a head at once: sixteen registers hold the scores of a query with 256 of them, so nothing is gained by a running maximum.</remarks>
internal unsafe struct TileAttention<TSimd>
    where TSimd : ISimd<Vector512<float>>
{
    private const int Lanes = 16;
    private const int QueryBlock = 32;

    private int _headSize;
    private float* _scores; // [QueryBlock, keys]
    private float* _results; // [QueryBlock, head size]
    private float* _inverses; // [QueryBlock]
    private byte* _weights; // [QueryBlock, keys] in the storage format
    private byte* _keys; // [head size] words turned over: [head size / numbers a word + 15, keys] words
    private byte* _values; // [keys / numbers a word, head size] words
    private float* _square; // [16, 16] words

    /// <summary>Bytes that <see cref="Place"/> takes.</summary>
    /// <param name="keyCount">The most keys.</param>
    /// <param name="headSize">Features a head, a multiple of 16.</param>
    public static nint SizeOf(int keyCount, int headSize)
    {
        var keys = Padded(keyCount);
        return (sizeof(float) * (((nint)QueryBlock * (keys + headSize + 1)) + (Lanes * Lanes))) + ((nint)QueryBlock * keys * TSimd.ElementSize)
            + (TileProduct.WordSize * (nint)keys * ((headSize / TileProduct.NumbersAWord<TSimd>()) + Lanes)) + ((nint)keys * headSize * TSimd.ElementSize);
    }

    /// <summary>Lays the working memory out.</summary>
    /// <param name="memory">Of <see cref="SizeOf"/> bytes, beginning at a multiple of 64.</param>
    /// <param name="keyCount">The most keys.</param>
    /// <param name="headSize">Features a head.</param>
    public static TileAttention<TSimd> Place(byte* memory, int keyCount, int headSize)
    {
        var keys = Padded(keyCount);
        var placed = new TileAttention<TSimd> { _headSize = headSize, _scores = (float*)memory };
        placed._square = placed._scores + ((nint)QueryBlock * keys);
        placed._results = placed._square + (Lanes * Lanes);
        placed._inverses = placed._results + ((nint)QueryBlock * headSize);
        placed._weights = (byte*)(placed._inverses + QueryBlock);
        placed._keys = placed._weights + ((nint)QueryBlock * keys * TSimd.ElementSize);
        placed._values = placed._keys + (TileProduct.WordSize * (nint)keys * ((headSize / TileProduct.NumbersAWord<TSimd>()) + Lanes));
        return placed;
    }

    /// <summary>Computes all heads.</summary>
    /// <param name="queries">[count, heads · head size].</param>
    /// <param name="queryStride">Elements from a query to the next token's.</param>
    /// <param name="count">Queries.</param>
    /// <param name="keys">What they ask.</param>
    /// <param name="headCount">Heads.</param>
    /// <param name="destination">[count, heads · head size].</param>
    /// <param name="adds">Whether the result is added to what stands there.</param>
    public readonly void Run(byte* queries, int queryStride, int count, in TileKeys keys, int headCount, byte* destination, bool adds)
    {
        var (padded, width) = (Padded(keys.Count), headCount * _headSize);
        for (var head = 0; head < headCount; head++)
        {
            PackKeys(keys.Keys + ((nint)head * keys.KeyHead * TSimd.ElementSize), keys.KeyToken, keys.Count, padded);
            PackValues(keys.Values + ((nint)head * keys.ValueHead * TSimd.ElementSize), keys.ValueToken, keys.Count, padded);
            for (var query = 0; query < count; query += QueryBlock)
            {
                var rows = Math.Min(QueryBlock, count - query);
                TileProduct.Multiply<TSimd>(rows, padded, _headSize, queries + ((((nint)query * queryStride) + (head * _headSize)) * TSimd.ElementSize), queryStride, _keys, padded, _scores, padded, adds: false);
                Exponentiate(rows, keys.Count, padded);
                TileProduct.Multiply<TSimd>(rows, _headSize, padded, _weights, padded, _values, _headSize, _results, _headSize, adds: false);
                Store(rows, destination + ((((nint)query * width) + (head * _headSize)) * TSimd.ElementSize), width, adds);
            }
        }
    }

    // Keys whose weights and values fill whole registers of words.
    private static int Step => Lanes * TileProduct.NumbersAWord<TSimd>();

    private static int Padded(int keyCount) => (keyCount + Step - 1) / Step * Step;

    // Keys' words turned over, [words of a head, keys]; zeros after the last key.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void PackKeys(byte* keys, int stride, int count, int padded)
    {
        var words = _headSize / TileProduct.NumbersAWord<TSimd>();
        for (var key = 0; key < padded; key += Lanes)
        {
            for (var word = 0; word < words; word += Lanes)
            {
                for (var row = 0; row < Lanes; row++)
                {
                    float* to = _square + (row * Lanes), from = (float*)(keys + ((nint)(key + row) * stride * TSimd.ElementSize)) + word;
                    if (key + row >= count)
                    {
                        Vector512<float>.Zero.Store(to);
                    }
                    else if (words - word >= Lanes)
                    {
                        Vector512.Load(from).Store(to);
                    }
                    else
                    {
                        Vector256.Load(from).Store(to);
                    }
                }

                // Where a head has fewer words than a square, what follows them goes below the last row.
                Transposition.Transpose(_square, Lanes, (float*)_keys + ((nint)word * padded) + key, padded);
            }
        }
    }

    // Values as words, [keys / numbers a word, features of a head]; zeros after the last key, for 0 · NaN is NaN.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void PackValues(byte* values, int stride, int count, int padded)
    {
        var target = (float*)_values;
        for (var block = 0; block < padded; block += Step)
        {
            for (var key = block; key < block + Lanes; key++, target += _headSize)
            {
                byte* first = values + ((nint)key * stride * TSimd.ElementSize), second = first + ((nint)Lanes * stride * TSimd.ElementSize);
                for (var feature = 0; feature < _headSize; feature += Lanes)
                {
                    var low = key < count ? TSimd.Load(first, feature) : Vector512<float>.Zero;
                    if (TSimd.ElementSize == sizeof(float))
                    {
                        low.Store(target + feature);
                        continue;
                    }

                    var high = key + Lanes < count ? TSimd.Load(second, feature) : Vector512<float>.Zero;
                    ((low.AsUInt32() >> 16) | high.AsUInt32()).AsSingle().Store(target + feature);
                }
            }
        }
    }

    // Weights 2^(score − maximum) in the storage format, and 1 / Σ of each query.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Exponentiate(int rows, int count, int padded)
    {
        // Scores after the last key lie in its register or in the one after.
        var tail = padded - Step;
        var index = Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        var kept = Vector512.LessThan(index, Vector512.Create(count - tail)).AsSingle();
        var keptLater = Vector512.LessThan(index, Vector512.Create(count - tail - Lanes)).AsSingle();
        var never = Vector512.Create(float.NegativeInfinity);
        for (var row = 0; row < rows; row++)
        {
            var scores = _scores + ((nint)row * padded);
            Vector512.ConditionalSelect(kept, Vector512.Load(scores + tail), never).Store(scores + tail);
            if (Step > Lanes)
            {
                Vector512.ConditionalSelect(keptLater, Vector512.Load(scores + tail + Lanes), never).Store(scores + tail + Lanes);
            }

            var highest = never;
            for (var key = 0; key < padded; key += Lanes)
            {
                highest = Vector512.MaxNative(highest, Vector512.Load(scores + key));
            }

            var maximum = Vector512.Create(Highest(highest));
            Vector512<float> even = default, odd = default;
            var target = (float*)(_weights + ((nint)row * padded * TSimd.ElementSize));
            for (var key = 0; key < padded; key += Step)
            {
                if (TSimd.ElementSize == sizeof(float))
                {
                    var p = Exponential.PowerOfTwo(Vector512.Load(scores + key) - maximum);
                    even += p;
                    p.Store(target + key);
                    continue;
                }

                var p0 = Exponential.CoarsePowerOfTwo(Vector512.Load(scores + key) - maximum);
                var p1 = Exponential.CoarsePowerOfTwo(Vector512.Load(scores + key + Lanes) - maximum);
                even += p0;
                odd += p1;
                TileWords.Of(p0, p1).Store(target + (key / 2));
            }

            _inverses[row] = 1 / Vector512.Sum(even + odd);
        }
    }

    // A NaN may get lost here; it comes back with its own exponential.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Highest(Vector512<float> values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Store(int rows, byte* destination, int stride, bool adds)
    {
        for (var row = 0; row < rows; row++)
        {
            var inverse = Vector512.Create(_inverses[row]);
            for (var feature = 0; feature < _headSize; feature += Lanes)
            {
                var at = ((nint)row * stride) + feature;
                var result = Vector512.Load(_results + (row * _headSize) + feature) * inverse;
                TSimd.Store(adds ? result + TSimd.Load(destination, at) : result, destination, at);
            }
        }
    }
}
