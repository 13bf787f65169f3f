using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Models.Inference.Kernels;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>The transformer as one operator against its layers one by one. In float32 both agree to rounding, which shows the kernel right; bfloat16, which it is for, differs in the format alone.</summary>
public sealed class FusedTransformerTests
{
    private const int ContextSize = 24;

    public FusedTransformerTests() => Assert.SkipUnless(TileProduct.IsAvailable, "The kernel is for processors with AVX-512.");

    [Theory]
    [InlineData(64, 4, 1, 16, 16, 32, 2, 1)]
    [InlineData(64, 4, 1, 16, 16, 32, 2, 2)]
    [InlineData(128, 4, 1, 8, 8, 77, 3, 2)]
    [InlineData(192, 4, 1, 4, 4, 1, 70, 1)]
    [InlineData(192, 12, 2, 4, 4, 7, 33, 2)]
    [InlineData(32, 2, 2, 5, 7, 33, 4, 2)]
    [InlineData(48, 3, 1, 1, 1, 16, 5, 1)]
    [InlineData(48, 1, 1, 9, 13, 17, 2, 1)]
    [InlineData(80, 5, 1, 3, 1, 129, 3, 3)]
    public void Forward_Float32_EqualsLayers(int channels, int heads, int blocks, int height, int width, int tokens, int batch, int copies)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var transformer = Make(channels, heads, blocks, ScalarType.Float32);
        var input = Activation(batch, channels, height, width, 1);
        var prompts = Prompts(transformer, batch * copies, tokens);
        var found = transformer.Fused.Forward(input, prompts);
        TensorAssert.Close(Layers(transformer, input, prompts), found, 5e-5, "fused");
    }

    [Theory]
    [InlineData(64, 4, 16, 16, 32, 4, 2)]
    [InlineData(128, 4, 8, 8, 77, 3, 1)]
    [InlineData(192, 4, 4, 4, 5, 9, 2)]
    public void Forward_BFloat16_StaysNearFloat32(int channels, int heads, int height, int width, int tokens, int batch, int copies)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using PreparedTransformer exact = Make(channels, heads, 1, ScalarType.Float32), rough = Make(channels, heads, 1, ScalarType.BFloat16);
        var input = Activation(batch, channels, height, width, 2);
        var expected = Layers(exact, input, Prompts(exact, batch * copies, tokens));
        var (half, prompts) = (ChannelsLast.From(input, ScalarType.BFloat16), Prompts(rough, batch * copies, tokens));
        Assert.True(rough.Fused.Fits(half, prompts));
        var (found, layers) = (rough.Fused.Forward(half, prompts), Layers(rough, half, prompts));
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        // One rounding of the result is 0.17 % of its size in the mean; the layers one by one round in between as well.
        var (error, layersError) = (Error(expected, found), Error(expected, layers));
        Assert.InRange(error, 5e-4, 9e-3);
        Assert.True(error <= 1.05 * layersError, $"fused {error:E2}, layer by layer {layersError:E2}");
    }

    [Fact]
    public void Forward_WithPicture_EqualsLayers()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var transformer = Make(64, 4, 2, ScalarType.Float32);
        var input = Activation(3, 64, 6, 5, 3);
        var pictures = Prompts(transformer, 6, 4, seed: 8);
        PromptAttention[] prompts = [.. Prompts(transformer, 6, 19).Zip(pictures, (prompt, picture) => prompt with { Picture = picture })];
        TensorAssert.Close(Layers(transformer, input, prompts), transformer.Fused.Forward(input, prompts), 5e-5, "picture");
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Forward_NotANumber_StaysInItsSample(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var transformer = Make(64, 4, 1, dtype);
        var input = Activation(6, 64, 4, 4, 4);
        input[4, 17, 2, 3] = float.NaN;
        var found = transformer.Fused.Forward(ChannelsLast.From(input, dtype), Prompts(transformer, 12, 9)).to(ScalarType.Float32).isnan().reshape(12, -1);
        bool[] all = [.. found.all(1).data<bool>()], any = [.. found.any(1).data<bool>()];
        for (var sample = 0; sample < 12; sample++)
        {
            Assert.Equal(sample % 6 == 4, all[sample]);
            Assert.Equal(sample % 6 == 4, any[sample]);
        }
    }

    [Fact]
    public void Forward_SeveralThreads_IsTheSame()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var transformer = Make(64, 4, 1, ScalarType.BFloat16);
        var input = ChannelsLast.From(Activation(7, 64, 8, 8, 5), ScalarType.BFloat16);
        var prompts = Prompts(transformer, 14, 32);
        var one = transformer.Fused.Forward(input, prompts);
        try
        {
            set_num_threads(2);
            Assert.True(one.eq(transformer.Fused.Forward(input, prompts)).all().item<bool>());
        }
        finally
        {
            set_num_threads(1);
        }
    }

    [Fact]
    public void Fits_WhatTheKernelIsNotFor_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using PreparedTransformer half = Make(64, 4, 1, ScalarType.BFloat16), narrow = Make(64, 8, 1, ScalarType.BFloat16), exact = Make(64, 4, 1, ScalarType.Float32);
        Assert.True(half.Fused.Fits(Half(2, 16), Prompts(half, 2, 32)));
        Assert.False(half.Fused.Fits(Half(2, 40), Prompts(half, 2, 32)), "a sample that leaves the cache");
        Assert.False(half.Fused.Fits(Half(2, 16), Prompts(half, 2, 2000)), "a prompt that leaves the cache");
        Assert.False(narrow.Fused.Fits(Half(2, 16), Prompts(narrow, 2, 32)), "8 features a head");
        Assert.False(exact.Fused.Fits(Activation(2, 64, 16, 16, 6), Prompts(exact, 2, 32)), "float32");
        try
        {
            set_num_threads(2);
            Assert.False(half.Fused.Fits(Half(1, 16), Prompts(half, 2, 32)), "fewer samples than threads");
        }
        finally
        {
            set_num_threads(1);
        }

        static Tensor Half(int batch, int side) => ChannelsLast.From(Activation(batch, 64, side, side, 7), ScalarType.BFloat16);
    }

    private static double Error(Tensor expected, Tensor found) => ((found.to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();

    private static Tensor Activation(int batch, int channels, int height, int width, ulong seed) =>
        ChannelsLast.From(randn([batch, channels, height, width], generator: new Generator(seed)), ScalarType.Float32);

    private static PromptAttention[] Prompts(PreparedTransformer transformer, int batch, int tokens, ulong seed = 9)
    {
        var states = randn([batch, tokens, ContextSize], generator: new Generator(seed)).to(transformer.Dtype).contiguous();
        return [.. transformer.Attend(ChannelsLast.OfTokens(states))];
    }

    private static Tensor Layers(PreparedTransformer transformer, Tensor input, PromptAttention[] prompts)
    {
        ReadOnlySpan<PromptAttention> rest = prompts;
        var result = transformer.ForwardByLayers(input.clone(), ref rest);
        Assert.True(rest.IsEmpty);
        return result;
    }

    // Weights of the size that trained layers have, so that attention is neither even nor of a single key.
    private static PreparedTransformer Make(int channels, int heads, int blocks, ScalarType dtype)
    {
        var generator = new Generator((ulong)channels);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Add("norm", channels);
        Add("proj_in", channels, channels, 1, 1);
        Add("proj_out", channels, channels, 1, 1);
        for (var i = 0; i < blocks; i++)
        {
            var block = $"transformer_blocks.{i}";
            foreach (var norm in (string[])["norm1", "norm2", "norm3"])
            {
                Add($"{block}.{norm}", channels);
            }

            foreach (var (attention, context) in ((string, int)[])[("attn1", channels), ("attn2", ContextSize)])
            {
                Add($"{block}.{attention}.to_q", channels, channels);
                Add($"{block}.{attention}.to_k", channels, context);
                Add($"{block}.{attention}.to_v", channels, context);
                Add($"{block}.{attention}.to_out.0", channels, channels);
            }

            Add($"{block}.ff.net.0.proj", 8 * channels, channels);
            Add($"{block}.ff.net.2", channels, 4 * channels);
        }

        return new PreparedTransformer(new WeightScope(tensors, dtype), heads, 16);

        void Add(string name, params long[] shape)
        {
            var isNorm = shape.Length == 1;
            tensors[$"{name}.weight"] = isNorm ? 1 + (0.2 * randn(shape, generator: generator)) : randn(shape, generator: generator) * (1.3 / Math.Sqrt(shape[1]));
            if (isNorm || !(name.Contains("to_q", StringComparison.Ordinal) || name.Contains("to_k", StringComparison.Ordinal) || name.Contains("to_v", StringComparison.Ordinal)))
            {
                tensors[$"{name}.bias"] = 0.3 * randn(shape[0], generator: generator);
            }
        }
    }
}
