using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models;

/// <summary>CLIP of ViT-B/32's structure against the reference (golden/clip-mini).</summary>
public sealed class ClipModelTests
{
    private const double Tolerance = 5e-5;
    private const int PixelStride = 16;

    // ids of clip-mini-golden/texts.json; the last is truncated at 77 tokens (the tokenizer has its own goldens).
    private const long Start = 1182;
    private const long End = 1183;

    [Fact]
    public void ImageFeatures_GoldenPictures_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = ModelFolder.LoadClip(Repository.Golden("clip-mini"));
        var pixels = cat([.. Enumerable.Range(0, 4).Select(i => Pixels(Repository.Golden("clip-mini-golden", $"image-{i}-224.png")))]);
        var sparse = pixels[.., .., TensorIndex.Slice(step: PixelStride), TensorIndex.Slice(step: PixelStride)];
        // The golden file stores its pixels rounded to half precision.
        TensorAssert.Close(Golden("pixel_values"), sparse.to(ScalarType.Float16), 0, "pixel_values");
        TensorAssert.Close(Golden("image_features"), model.ImageFeatures(pixels), Tolerance, "image_features");
    }

    [Fact]
    public void TextFeatures_EmptyText_MatchesReferenceInAnyBatch()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = ModelFolder.LoadClip(Repository.Golden("clip-mini"));
        var ids = full(3, 77, End, ScalarType.Int64);
        ids[.., 0] = Start;
        ids[1, 1] = 320;
        ids[2, TensorIndex.Slice(1, 76)] = 500;
        var features = model.TextFeatures(ids);
        TensorAssert.Close(Golden("text_features")[2..3], features[..1], Tolerance, "text_features[2]");
        TensorAssert.Close(features[..1], model.TextFeatures(ids[..1]), 1e-6, "alone");
    }

    [Fact]
    public void TextFeatures_LegacyEndToken_PoolsAtTheHighestId()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = ModelFolder.LoadClip(Repository.Golden("clip-mini"));
        var legacy = new Diffusion.Models.ClipModel(model.Config with { TextConfig = model.Config.TextConfig with { EosTokenId = 2 } });
        legacy.LoadWeights(Repository.Golden("clip-mini"));
        var ids = full(1, 77, End, ScalarType.Int64);
        ids[0, 0] = Start;
        TensorAssert.Close(model.TextFeatures(ids), legacy.TextFeatures(ids), 0, "text_features");
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("clip-mini-golden", "tensors.safetensors", name);

    private static Tensor Pixels(string path)
    {
        var image = ImageDecoder.Decode(File.ReadAllBytes(path), ImageLimits.Default);
        var values = tensor(image.Pixels).view(1, image.Height, image.Width, 3).permute(0, 3, 1, 2).to(ScalarType.Float32) / 255;
        var mean = tensor(new[] { 0.48145466f, 0.4578275f, 0.40821073f }).view(1, 3, 1, 1);
        var deviation = tensor(new[] { 0.26862954f, 0.26130258f, 0.27577711f }).view(1, 3, 1, 1);
        return (values - mean) / deviation;
    }
}
