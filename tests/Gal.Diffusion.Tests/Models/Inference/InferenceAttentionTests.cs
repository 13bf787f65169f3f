using Gal.Diffusion.Models.Inference;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>The attention kernel against the formula in float64.</summary>
public sealed class InferenceAttentionTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, 8)]
    [InlineData(2, 4, 256, 256, 16)]
    [InlineData(3, 2, 64, 77, 32)]
    [InlineData(1, 2, 77, 7, 40)]
    [InlineData(2, 3, 7, 256, 48)]
    [InlineData(1, 1, 65, 129, 64)]
    [InlineData(1, 2, 33, 63, 160)]
    [InlineData(1, 1, 5, 9, 256)]
    [InlineData(2, 2, 6, 5, 12)]
    [InlineData(1, 1, 6, 5, 264)]
    public void Apply_AnyShape_EqualsFormula(int batch, int heads, int queries, int keys, int features)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Heads(batch, heads, queries, features, 1), Heads(batch, heads, keys, features, 2), Heads(batch, heads, keys, features, 3));
        var expected = Formula(query, key, value);
        TensorAssert.Close(expected, Apply(query, key, value), 3e-6, "float32");
        var (roughQuery, roughKey, roughValue) = (query.to(bfloat16), key.to(bfloat16), value.to(bfloat16));
        var found = Apply(roughQuery, roughKey, roughValue);
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        // Only the result is rounded to 8 bits.
        TensorAssert.Close(Formula(roughQuery, roughKey, roughValue), found.to(float32), 0.004 * expected.abs().max().item<double>(), "bfloat16");
    }

    [Fact]
    public void Apply_PartsOfAProjection_EqualsFormula()
    {
        using var scope = NewDisposeScope();
        var projected = ChannelsLast.From(randn([2, 3 * 48, 5, 7], generator: new Generator(4)), float32);
        var (query, key, value) = (ChannelsLast.Heads(projected, 0, 3, 16), ChannelsLast.Heads(projected, 48, 3, 16), ChannelsLast.Heads(projected, 96, 3, 16));
        var found = Attention.Apply(query, key, value, 5, 7);
        Assert.Equal([2L, 48, 5, 7], found.shape);
        TensorAssert.Close(Formula(query, key, value), ChannelsLast.Heads(found, 0, 3, 16), 1e-6, "parts");
    }

    [Fact]
    public void Apply_LargeScores_DoesNotOverflow()
    {
        using var scope = NewDisposeScope();
        // Scores of thousands, growing from block to block of keys, then falling to -∞ against the maximum.
        var key = Heads(1, 1, 200, 16, 5) * arange(200).sub(100).abs().reshape(1, 1, 200, 1);
        var (query, value) = (Heads(1, 1, 40, 16, 6) * 20, Heads(1, 1, 200, 16, 7));
        // float32 holds scores of 10,000 to 5e-4.
        TensorAssert.Close(Formula(query, key, value), Apply(query, key, value), 5e-3, "large scores");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Apply_NotANumber_ComesThrough(int where)
    {
        using var scope = NewDisposeScope();
        Tensor[] parts = [Heads(1, 2, 70, 16, 8), Heads(1, 2, 70, 16, 9), Heads(1, 2, 70, 16, 10)];
        parts[where][0, 1, 66, 3] = float.NaN;
        var found = Apply(parts[0], parts[1], parts[2]);
        var expected = Formula(parts[0], parts[1], parts[2]);
        Assert.True(expected.isnan().any().item<bool>());
        Assert.True(expected.isnan().eq(found.isnan()).all().item<bool>());
    }

    [Fact]
    public void Apply_SeveralThreads_IsTheSame()
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Heads(3, 4, 64, 16, 11), Heads(3, 4, 64, 16, 12), Heads(3, 4, 64, 16, 13));
        var one = Apply(query, key, value);
        try
        {
            set_num_threads(2);
            Assert.True(one.equal(Apply(query, key, value)).all().item<bool>());
        }
        finally
        {
            set_num_threads(1);
        }
    }

    private static Tensor Apply(Tensor query, Tensor key, Tensor value) =>
        ChannelsLast.Heads(Attention.Apply(query, key, value, query.shape[2], 1), 0, query.shape[1], query.shape[3]);

    private static Tensor Formula(Tensor query, Tensor key, Tensor value)
    {
        var scores = query.to(float64).matmul(key.to(float64).transpose(-2, -1)) / Math.Sqrt(query.shape[3]);
        return scores.softmax(-1).matmul(value.to(float64));
    }

    private static Tensor Heads(int batch, int heads, int tokens, int features, ulong seed) =>
        randn([batch, heads, tokens, features], generator: new Generator(seed));
}
