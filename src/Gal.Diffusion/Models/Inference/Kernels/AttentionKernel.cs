using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>
/// Attention softmax(Q Kᵀ / √d) V of many heads, read where a fused projection left them and written token by token, in float32 whatever the storage format.
/// For each block of queries, over blocks of keys: scores, running maximum, exponentials, sum over values (Dao et al., FlashAttention, 2022).
/// </summary>
/// <remarks>
/// The lanes of a register are sixteen queries: the maximum and the sum over keys then need nothing across lanes, and keys and values are read as they lie, one number at a time for all lanes.
/// libtorch's kernel multiplies matrices of a head through a general library, which at 16 features takes three to four times as long.
/// AVX-512 alone: the tiles fill its 32 registers.
/// </remarks>
internal unsafe struct AttentionKernel<TSimd> : IRangeKernel
    where TSimd : ISimd<Vector512<float>>
{
    /// <summary>The most features of a head; the buffers lie on the stack.</summary>
    public const int LargestHeadSize = 256;

    // Scores of one block take 16 KiB and, at 16 features, its keys and values 8 KiB: together less than a first-level cache.
    private const int QueryBlock = 64;
    private const int KeyBlock = 64;
    private const int Lanes = 16;

    // Keys in a tile of scores and features in a tile of results; with two registers of queries, 16 accumulators.
    private const int Tile = 8;

    /// <summary>Q: feature f of token t of head h of sample b lies at b · Batch + h · Head + t · Token + f.</summary>
    public Strided Queries;

    /// <summary>K, likewise.</summary>
    public Strided Keys;

    /// <summary>V, likewise.</summary>
    public Strided Values;

    /// <summary>The result, likewise.</summary>
    public Strided Destination;

    /// <summary>Heads of a sample.</summary>
    public int HeadCount;

    /// <summary>Features of a head, d; a multiple of 8.</summary>
    public int HeadSize;

    /// <summary>Tokens that ask.</summary>
    public int QueryCount;

    /// <summary>Tokens that are asked; at least 1.</summary>
    public int KeyCount;

    /// <summary>Computes heads <paramref name="begin"/> to <paramref name="end"/>, numbered through all samples.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Execute(int begin, int end)
    {
        var paddedSize = (HeadSize + Lanes - 1) / Lanes * Lanes;
        var memory = stackalloc float[(4 * 64 * paddedSize) + (KeyBlock * QueryBlock) + (4 * QueryBlock) + Lanes];
        var aligned = (float*)(((nuint)memory + 63) & ~(nuint)63);
        var buffers = new Buffers
        {
            Queries = aligned,
            Results = aligned + (64 * paddedSize),
            Keys = aligned + (128 * paddedSize),
            Values = aligned + (192 * paddedSize),
            Scores = aligned + (256 * paddedSize),
        };
        buffers.Maxima = buffers.Scores + (KeyBlock * QueryBlock);
        buffers.Sums = buffers.Maxima + QueryBlock;
        buffers.Corrections = buffers.Sums + QueryBlock;

        for (var item = begin; item < end; item++)
        {
            for (var query = 0; query < QueryCount; query += QueryBlock)
            {
                Attend(item, query, Math.Min(QueryBlock, QueryCount - query), paddedSize, buffers);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Attend(int item, int firstQuery, int queryCount, int paddedSize, in Buffers buffers)
    {
        // 2^x is one instruction cheaper than e^x: log₂ e goes into the scale.
        var scale = (float)(1.4426950408889634 / Math.Sqrt(HeadSize));
        LoadQueries(Queries.At<TSimd>(item, HeadCount, firstQuery), queryCount, scale, paddedSize, buffers);
        var pairs = (queryCount + (2 * Lanes) - 1) / (2 * Lanes);
        for (var pair = 0; pair < pairs; pair++)
        {
            Reset(buffers, pair * 2 * Lanes, paddedSize);
        }

        for (var key = 0; key < KeyCount; key += KeyBlock)
        {
            var keyCount = Math.Min(KeyBlock, KeyCount - key);
            Load(Keys.At<TSimd>(item, HeadCount, key), Keys.Token, keyCount, buffers.Keys);
            Load(Values.At<TSimd>(item, HeadCount, key), Values.Token, keyCount, buffers.Values);
            for (var pair = 0; pair < pairs; pair++)
            {
                var offset = pair * 2 * Lanes;
                Score(buffers, offset, keyCount, HeadSize);
                Exponentiate(buffers, offset, keyCount);
                Weigh(buffers, offset, keyCount, HeadSize);
            }
        }

        StoreResults(Destination.At<TSimd>(item, HeadCount, firstQuery), queryCount, paddedSize, buffers);
    }

    private static void Reset(in Buffers buffers, int offset, int paddedSize)
    {
        for (var i = offset; i < offset + (2 * Lanes); i++)
        {
            buffers.Maxima[i] = float.NegativeInfinity;
            buffers.Sums[i] = 0;
        }

        for (var feature = 0; feature < paddedSize; feature++)
        {
            Vector512<float>.Zero.Store(buffers.Results + (feature * QueryBlock) + offset);
            Vector512<float>.Zero.Store(buffers.Results + (feature * QueryBlock) + offset + Lanes);
        }
    }

    // Scaled queries, transposed: [features, QueryBlock]; queries beyond the last are zero. The keys' buffer is free at this time and holds the rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void LoadQueries(byte* source, int count, float scale, int paddedSize, in Buffers buffers)
    {
        var factor = Vector512.Create(scale);
        for (var query = 0; query < QueryBlock; query += Lanes)
        {
            for (var feature = 0; feature < paddedSize; feature += Lanes)
            {
                for (var row = 0; row < Lanes; row++)
                {
                    var value = query + row < count ? LoadPart(source + ((query + row) * Queries.Token * TSimd.ElementSize), feature) * factor : Vector512<float>.Zero;
                    value.Store(buffers.Keys + (row * Lanes));
                }

                Transposition.Transpose(buffers.Keys, Lanes, buffers.Queries + (feature * QueryBlock) + query, QueryBlock);
            }
        }
    }

    // Rows of a block in float32, side by side; up to a whole tile, copies of the last row follow, which do not change a maximum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Load(byte* source, nint stride, int count, float* destination)
    {
        var padded = (count + Tile - 1) / Tile * Tile;
        for (var row = 0; row < padded; row++)
        {
            var from = source + (Math.Min(row, count - 1) * stride * TSimd.ElementSize);
            for (var feature = 0; feature < HeadSize; feature += Lanes)
            {
                // The last register may reach into the next row, which is written after it.
                LoadPart(from, feature).Store(destination + (row * HeadSize) + feature);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector512<float> LoadPart(byte* row, int feature) =>
        HeadSize - feature >= Lanes ? TSimd.Load(row, feature) : LoadRest(row, feature, HeadSize - feature);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadRest(byte* row, int feature, int count)
    {
        var copy = stackalloc float[Lanes];
        Unsafe.CopyBlockUnaligned(copy, row + (feature * TSimd.ElementSize), (uint)(count * TSimd.ElementSize));
        return TSimd.Load(copy, 0);
    }

    // scores[key, query] = Σ_f keys[key, f] queries[f, query], and the maximum over the block's keys into Corrections.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(in Buffers buffers, int offset, int keyCount, int headSize)
    {
        var maximum0 = Vector512.Create(float.NegativeInfinity);
        var maximum1 = maximum0;
        for (var key = 0; key < keyCount; key += Tile)
        {
            float* k0 = buffers.Keys + (key * headSize), k4 = k0 + (4 * headSize), end = k0 + headSize, query = buffers.Queries + offset;
            nint stride = headSize;
            Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            Vector512<float> e0 = default, e1 = default, f0 = default, f1 = default, g0 = default, g1 = default, h0 = default, h1 = default;
            for (; k0 < end; k0++, k4++, query += QueryBlock)
            {
                Vector512<float> q0 = Vector512.Load(query), q1 = Vector512.Load(query + Lanes);
                var k = Vector512.Create(*k0);
                a0 = Vector512.FusedMultiplyAdd(k, q0, a0);
                a1 = Vector512.FusedMultiplyAdd(k, q1, a1);
                k = Vector512.Create(k0[stride]);
                b0 = Vector512.FusedMultiplyAdd(k, q0, b0);
                b1 = Vector512.FusedMultiplyAdd(k, q1, b1);
                k = Vector512.Create(k0[2 * stride]);
                c0 = Vector512.FusedMultiplyAdd(k, q0, c0);
                c1 = Vector512.FusedMultiplyAdd(k, q1, c1);
                k = Vector512.Create(k0[3 * stride]);
                d0 = Vector512.FusedMultiplyAdd(k, q0, d0);
                d1 = Vector512.FusedMultiplyAdd(k, q1, d1);
                k = Vector512.Create(*k4);
                e0 = Vector512.FusedMultiplyAdd(k, q0, e0);
                e1 = Vector512.FusedMultiplyAdd(k, q1, e1);
                k = Vector512.Create(k4[stride]);
                f0 = Vector512.FusedMultiplyAdd(k, q0, f0);
                f1 = Vector512.FusedMultiplyAdd(k, q1, f1);
                k = Vector512.Create(k4[2 * stride]);
                g0 = Vector512.FusedMultiplyAdd(k, q0, g0);
                g1 = Vector512.FusedMultiplyAdd(k, q1, g1);
                k = Vector512.Create(k4[3 * stride]);
                h0 = Vector512.FusedMultiplyAdd(k, q0, h0);
                h1 = Vector512.FusedMultiplyAdd(k, q1, h1);
            }

            var scores = buffers.Scores + (key * QueryBlock) + offset;
            a0.Store(scores);
            a1.Store(scores + Lanes);
            b0.Store(scores + QueryBlock);
            b1.Store(scores + QueryBlock + Lanes);
            c0.Store(scores + (2 * QueryBlock));
            c1.Store(scores + (2 * QueryBlock) + Lanes);
            d0.Store(scores + (3 * QueryBlock));
            d1.Store(scores + (3 * QueryBlock) + Lanes);
            e0.Store(scores + (4 * QueryBlock));
            e1.Store(scores + (4 * QueryBlock) + Lanes);
            f0.Store(scores + (5 * QueryBlock));
            f1.Store(scores + (5 * QueryBlock) + Lanes);
            g0.Store(scores + (6 * QueryBlock));
            g1.Store(scores + (6 * QueryBlock) + Lanes);
            h0.Store(scores + (7 * QueryBlock));
            h1.Store(scores + (7 * QueryBlock) + Lanes);
            maximum0 = Max(maximum0, Max(Max(Max(a0, b0), Max(c0, d0)), Max(Max(e0, f0), Max(g0, h0))));
            maximum1 = Max(maximum1, Max(Max(Max(a1, b1), Max(c1, d1)), Max(Max(e1, f1), Max(g1, h1))));
        }

        maximum0.Store(buffers.Corrections + offset);
        maximum1.Store(buffers.Corrections + offset + Lanes);
    }

    // A NaN may get lost here; it comes back with its own exponential.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    // scores ← 2^(scores − maximum); the sums so far, and by Corrections the results so far, shrink where the maximum has grown.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exponentiate(in Buffers buffers, int offset, int keyCount)
    {
        Vector512<float> old0 = Vector512.Load(buffers.Maxima + offset), old1 = Vector512.Load(buffers.Maxima + offset + Lanes);
        var maximum0 = Max(old0, Vector512.Load(buffers.Corrections + offset));
        var maximum1 = Max(old1, Vector512.Load(buffers.Corrections + offset + Lanes));
        maximum0.Store(buffers.Maxima + offset);
        maximum1.Store(buffers.Maxima + offset + Lanes);
        Vector512<float> correction0 = Exponential.PowerOfTwo(old0 - maximum0), correction1 = Exponential.PowerOfTwo(old1 - maximum1);
        correction0.Store(buffers.Corrections + offset);
        correction1.Store(buffers.Corrections + offset + Lanes);
        var sum0 = Vector512.Load(buffers.Sums + offset) * correction0;
        var sum1 = Vector512.Load(buffers.Sums + offset + Lanes) * correction1;
        var scores = buffers.Scores + offset;
        for (var key = 0; key < keyCount; key++, scores += QueryBlock)
        {
            var p0 = Exponential.PowerOfTwo(Vector512.Load(scores) - maximum0);
            var p1 = Exponential.PowerOfTwo(Vector512.Load(scores + Lanes) - maximum1);
            p0.Store(scores);
            p1.Store(scores + Lanes);
            sum0 += p0;
            sum1 += p1;
        }

        sum0.Store(buffers.Sums + offset);
        sum1.Store(buffers.Sums + offset + Lanes);
    }

    // results[f, query] ← results · correction + Σ_key values[key, f] scores[key, query].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(in Buffers buffers, int offset, int keyCount, int headSize)
    {
        for (var feature = 0; feature < headSize; feature += Tile)
        {
            var results = buffers.Results + (feature * QueryBlock) + offset;
            Vector512<float> q0 = Vector512.Load(buffers.Corrections + offset), q1 = Vector512.Load(buffers.Corrections + offset + Lanes);
            Vector512<float> a0 = Vector512.Load(results) * q0, a1 = Vector512.Load(results + Lanes) * q1;
            Vector512<float> b0 = Vector512.Load(results + QueryBlock) * q0, b1 = Vector512.Load(results + QueryBlock + Lanes) * q1;
            Vector512<float> c0 = Vector512.Load(results + (2 * QueryBlock)) * q0, c1 = Vector512.Load(results + (2 * QueryBlock) + Lanes) * q1;
            Vector512<float> d0 = Vector512.Load(results + (3 * QueryBlock)) * q0, d1 = Vector512.Load(results + (3 * QueryBlock) + Lanes) * q1;
            Vector512<float> e0 = Vector512.Load(results + (4 * QueryBlock)) * q0, e1 = Vector512.Load(results + (4 * QueryBlock) + Lanes) * q1;
            Vector512<float> f0 = Vector512.Load(results + (5 * QueryBlock)) * q0, f1 = Vector512.Load(results + (5 * QueryBlock) + Lanes) * q1;
            Vector512<float> g0 = Vector512.Load(results + (6 * QueryBlock)) * q0, g1 = Vector512.Load(results + (6 * QueryBlock) + Lanes) * q1;
            Vector512<float> h0 = Vector512.Load(results + (7 * QueryBlock)) * q0, h1 = Vector512.Load(results + (7 * QueryBlock) + Lanes) * q1;
            float* scores = buffers.Scores + offset, value = buffers.Values + feature;
            for (var key = 0; key < keyCount; key++, scores += QueryBlock, value += headSize)
            {
                q0 = Vector512.Load(scores);
                q1 = Vector512.Load(scores + Lanes);
                var v = Vector512.Create(*value);
                a0 = Vector512.FusedMultiplyAdd(v, q0, a0);
                a1 = Vector512.FusedMultiplyAdd(v, q1, a1);
                v = Vector512.Create(value[1]);
                b0 = Vector512.FusedMultiplyAdd(v, q0, b0);
                b1 = Vector512.FusedMultiplyAdd(v, q1, b1);
                v = Vector512.Create(value[2]);
                c0 = Vector512.FusedMultiplyAdd(v, q0, c0);
                c1 = Vector512.FusedMultiplyAdd(v, q1, c1);
                v = Vector512.Create(value[3]);
                d0 = Vector512.FusedMultiplyAdd(v, q0, d0);
                d1 = Vector512.FusedMultiplyAdd(v, q1, d1);
                v = Vector512.Create(value[4]);
                e0 = Vector512.FusedMultiplyAdd(v, q0, e0);
                e1 = Vector512.FusedMultiplyAdd(v, q1, e1);
                v = Vector512.Create(value[5]);
                f0 = Vector512.FusedMultiplyAdd(v, q0, f0);
                f1 = Vector512.FusedMultiplyAdd(v, q1, f1);
                v = Vector512.Create(value[6]);
                g0 = Vector512.FusedMultiplyAdd(v, q0, g0);
                g1 = Vector512.FusedMultiplyAdd(v, q1, g1);
                v = Vector512.Create(value[7]);
                h0 = Vector512.FusedMultiplyAdd(v, q0, h0);
                h1 = Vector512.FusedMultiplyAdd(v, q1, h1);
            }

            a0.Store(results);
            a1.Store(results + Lanes);
            b0.Store(results + QueryBlock);
            b1.Store(results + QueryBlock + Lanes);
            c0.Store(results + (2 * QueryBlock));
            c1.Store(results + (2 * QueryBlock) + Lanes);
            d0.Store(results + (3 * QueryBlock));
            d1.Store(results + (3 * QueryBlock) + Lanes);
            e0.Store(results + (4 * QueryBlock));
            e1.Store(results + (4 * QueryBlock) + Lanes);
            f0.Store(results + (5 * QueryBlock));
            f1.Store(results + (5 * QueryBlock) + Lanes);
            g0.Store(results + (6 * QueryBlock));
            g1.Store(results + (6 * QueryBlock) + Lanes);
            h0.Store(results + (7 * QueryBlock));
            h1.Store(results + (7 * QueryBlock) + Lanes);
        }
    }

    // Divides by the sums and turns [features, queries] into rows of features; the keys' buffer is free again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void StoreResults(byte* destination, int count, int paddedSize, in Buffers buffers)
    {
        for (var query = 0; query < count; query += Lanes)
        {
            var factor = Vector512<float>.One / Vector512.Load(buffers.Sums + query);
            for (var feature = 0; feature < paddedSize; feature += Lanes)
            {
                for (var row = 0; row < Lanes; row++)
                {
                    var result = buffers.Results + ((feature + row) * QueryBlock) + query;
                    (Vector512.Load(result) * factor).Store(result);
                }

                Transposition.Transpose(buffers.Results + (feature * QueryBlock) + query, QueryBlock, buffers.Keys, Lanes);
                for (var row = 0; row < Math.Min(Lanes, count - query); row++)
                {
                    StorePart(Vector512.Load(buffers.Keys + (row * Lanes)), destination + ((query + row) * Destination.Token * TSimd.ElementSize), feature);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void StorePart(Vector512<float> value, byte* row, int feature)
    {
        if (HeadSize - feature >= Lanes)
        {
            TSimd.Store(value, row, feature);
            return;
        }

        StoreRest(value, row, feature, HeadSize - feature);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreRest(Vector512<float> value, byte* row, int feature, int count)
    {
        var copy = stackalloc float[Lanes];
        TSimd.Store(value, copy, 0);
        Unsafe.CopyBlockUnaligned(row + (feature * TSimd.ElementSize), copy, (uint)(count * TSimd.ElementSize));
    }

    /// <summary>Heads of tokens in memory; distances in elements, features side by side.</summary>
    public struct Strided
    {
        /// <summary>The first element.</summary>
        public void* Address;

        /// <summary>From one sample to the next.</summary>
        public nint Batch;

        /// <summary>From one head to the next.</summary>
        public nint Head;

        /// <summary>From one token to the next.</summary>
        public nint Token;

        /// <summary>The address of a token of a head, the heads numbered through all samples.</summary>
        public readonly byte* At<T>(int item, int headCount, int token)
            where T : ISimd<Vector512<float>> =>
            (byte*)Address + (((item / headCount * Batch) + (item % headCount * Head) + (token * Token)) * T.ElementSize);
    }

    /// <summary>What one block of queries works in, all float32.</summary>
    private struct Buffers
    {
        public float* Queries; // [features, QueryBlock]
        public float* Results; // [features, QueryBlock]
        public float* Keys; // [KeyBlock, features]
        public float* Values; // [KeyBlock, features]
        public float* Scores; // [KeyBlock, QueryBlock]
        public float* Maxima; // [QueryBlock]
        public float* Sums; // [QueryBlock]
        public float* Corrections; // [QueryBlock]
    }
}
