using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models;

/// <summary>Stable Diffusion 1.5's structure with random weights, every part of it (golden/sd-mini).</summary>
public sealed class MiniModelTests
{
    // golden/README.md: rounding alone moves text and eps by up to 2e-6, the VAE by 5e-6.
    private const double Tolerance = 2e-5;
    private const double VaeTolerance = 5e-5;

    private static readonly ModelFolder Folder = ModelFolder.Open(Repository.Golden("sd-mini"));

    [Fact]
    public void TextEncoder_GoldenIds_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TensorAssert.Close(Golden("text_hidden"), Folder.LoadTextEncoder().call(Golden("input_ids")), Tolerance, "text_hidden");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(981)]
    public void UNet_GoldenSample_MatchesReference(long timestep)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var epsilon = Folder.LoadUnet().call(Golden("sample"), tensor(timestep), Golden("text_hidden")[..2]);
        TensorAssert.Close(Golden($"eps_t{timestep}"), epsilon, Tolerance, $"eps_t{timestep}");
    }

    [Fact]
    public void UNet_EveryPart_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var seen = new List<string>();
        Folder.LoadUnet().ForwardObserved(Golden("sample"), tensor(500L), Golden("text_hidden")[..2], (part, output) =>
        {
            seen.Add(part);
            TensorAssert.Close(Golden($"t500.{part}"), output, Tolerance, part);
        });
        Assert.Equal(11, seen.Distinct().Count());
    }

    [Fact]
    public void UNet_WideSample_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var epsilon = Folder.LoadUnet().call(Golden("sample_wide"), tensor(250L), Golden("text_hidden")[..1]);
        TensorAssert.Close(Golden("eps_wide_t250"), epsilon, Tolerance, "eps_wide_t250");
    }

    [Fact]
    public void UNet_SizeThatDoesNotHalveEvenly_KeepsTheShape()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var epsilon = Folder.LoadUnet().call(Golden("sample")[.., .., ..13, ..11], tensor(250L), Golden("text_hidden")[..2]);
        Assert.Equal([2, 4, 13, 11], epsilon.shape);
        Assert.True(epsilon.isfinite().all().item<bool>());
    }

    [Fact]
    public void Vae_GoldenImageAndLatents_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Folder.LoadVae();
        var (mean, deviation) = model.Encode(Golden("image"));
        TensorAssert.Close(Golden("vae_mean"), mean, VaeTolerance, "vae_mean");
        TensorAssert.Close(Golden("vae_std"), deviation, VaeTolerance, "vae_std");
        TensorAssert.Close(Golden("vae_logvar"), model.EncodeMoments(Golden("image")).chunk(2, 1)[1], VaeTolerance, "vae_logvar");
        TensorAssert.Close(Golden("vae_decoded"), model.Decode(Golden("latents")), VaeTolerance, "vae_decoded");
    }

    [Fact]
    public void TextEncoder_WithoutPrefix_IsTheSameModel()
    {
        using var scope = NewDisposeScope();
        using var model = Folder.LoadTextEncoder();
        var expected = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        model.LoadWeights(Repository.Golden("sd-mini-forms", "text-encoder-no-prefix.safetensors"));
        foreach (var (name, value) in model.state_dict())
        {
            TensorAssert.Close(expected[name], value, 0, name);
        }
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("sd-mini-golden", "tensors.safetensors", name);
}
