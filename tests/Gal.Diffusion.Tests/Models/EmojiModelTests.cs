using System.Text.Json;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models;

/// <summary>The shipped model against the reference implementation (golden/emoji).</summary>
public sealed class EmojiModelTests
{
    // golden/README.md: rounding alone moves these by up to 4e-6.
    private const double Tolerance = 5e-5;

    private static readonly ModelFolder Folder = ModelFolder.Open(Repository.EmojiModel);

    [Fact]
    public void TextEncoder_GoldenPrompts_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Folder.LoadTextEncoder();
        TensorAssert.Close(Golden("text_hidden"), model.call(PromptIds()), Tolerance, "text_hidden");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(981)]
    public void UNet_GoldenSample_MatchesReference(long timestep)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Folder.LoadUnet();
        var epsilon = model.call(Golden("unet_sample"), tensor(timestep), Golden("text_hidden")[..2]);
        TensorAssert.Close(Golden($"unet_eps_t{timestep}"), epsilon, Tolerance, $"unet_eps_t{timestep}");
    }

    [Fact]
    public void Vae_WatercolorReference_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Folder.LoadVae();
        var image = (Pixels(ImageResizer.ShortestEdgeCenterCrop(Reference(), 64, ResampleFilter.Bilinear)) / 127.5) - 1;
        var (mean, deviation) = model.Encode(image);
        TensorAssert.Close(Golden("vae_mean"), mean, Tolerance, "vae_mean");
        TensorAssert.Close(Golden("vae_std"), deviation, Tolerance, "vae_std");
        TensorAssert.Close(Golden("vae_decoded"), model.Decode(Golden("vae_mean")), Tolerance, "vae_decoded");
    }

    [Fact]
    public void Clip_ReferenceAndPrompts_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = ModelFolder.LoadClip(Folder.ClipPath!);
        var mean = tensor(new[] { 0.48145466f, 0.4578275f, 0.40821073f }).view(1, 3, 1, 1);
        var deviation = tensor(new[] { 0.26862954f, 0.26130258f, 0.27577711f }).view(1, 3, 1, 1);
        var pixels = ((Pixels(ImageResizer.ClipCrop(Reference(), 64)) / 255) - mean) / deviation;
        TensorAssert.Close(Golden("image_features"), Normalised(model.ImageFeatures(pixels)), Tolerance, "image_features");
        TensorAssert.Close(Golden("text_features"), Normalised(model.TextFeatures(PromptIds())), Tolerance, "text_features");
    }

    [Fact]
    public void UNet_ManyCalls_LeaveNoTensorsBehind()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Folder.LoadUnet();
        var (sample, hidden, timestep) = (Golden("unet_sample"), Golden("text_hidden")[..2], tensor(500L));
        // The first call keeps the timestep's frequencies.
        model.call(sample, timestep, hidden).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 20; i++)
        {
            model.call(sample, timestep, hidden).Dispose();
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("emoji", "tensors.safetensors", name);

    private static RgbImage Reference() => ImageDecoder.Decode(File.ReadAllBytes(Repository.Sample("style-watercolor", "reference-1.png")), ImageLimits.Default);

    private static Tensor Pixels(RgbImage image) => tensor(image.Pixels).view(1, image.Height, image.Width, 3).permute(0, 3, 1, 2).to(ScalarType.Float32);

    private static Tensor Normalised(Tensor features) => features / features.norm(-1, keepdim: true);

    private static Tensor PromptIds()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Repository.Golden("emoji", "cases.json")));
        return stack([.. cases.RootElement.GetProperty("ids").EnumerateArray().Select(row => tensor(row.EnumerateArray().Select(id => id.GetInt64()).ToArray()))]);
    }
}
