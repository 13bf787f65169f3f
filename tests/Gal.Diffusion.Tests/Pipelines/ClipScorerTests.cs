using System.Text.Json;
using Gal.Diffusion.Pipelines;
using Gal.Imaging;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Pipelines;

public sealed class ClipScorerTests : IDisposable
{
    private readonly ClipScorer _scorer = ClipScorer.Load(Path.Combine(Repository.EmojiModel, "clip"));

    [Fact]
    public void EmbedTexts_GoldenPrompts_EqualReference()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("emoji", "cases.json")));
        var prompts = cases.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.GetString()!).ToList();
        var features = tensor(_scorer.EmbedTexts(prompts)).reshape(prompts.Count, _scorer.Dimension);
        TensorAssert.Close(TensorAssert.Golden("emoji", "tensors.safetensors", "text_features"), features, 5e-5, "text_features");
    }

    [Fact]
    public void EmbedImages_GoldenPicture_EqualsReference()
    {
        var picture = Decode(Repository.Sample("style-watercolor", "reference-1.png"));
        var features = tensor(_scorer.EmbedImages([picture])).reshape(1, _scorer.Dimension);
        TensorAssert.Close(TensorAssert.Golden("emoji", "tensors.safetensors", "image_features"), features, 5e-5, "image_features");
    }

    [Fact]
    public void EmbedTexts_InAnyCompany_GivesTheSameBits()
    {
        var alone = _scorer.EmbedTexts(["a cat in a forest"]);
        var among = _scorer.EmbedTexts(["a tie", "a cat in a forest", "", "a chair in watercolor painting style"]);
        Assert.Equal(alone, among[_scorer.Dimension..(2 * _scorer.Dimension)]);
    }

    [Fact]
    public void EmbedImages_OtherSizes_AreResized()
    {
        var picture = Decode(Repository.Sample("style-watercolor", "reference-1.png"));
        var large = ImageResizer.Resize(picture, 128, 128, ResampleFilter.Bicubic);
        var rows = _scorer.EmbedImages([picture, large]);
        var cosine = rows[.._scorer.Dimension].Zip(rows[_scorer.Dimension..], (a, b) => a * b).Sum();
        Assert.InRange(cosine, 0.97, 1.0001);
    }

    [Fact]
    public void EmbedImages_Cancelled_Stops() =>
        Assert.Throws<OperationCanceledException>(() => _scorer.EmbedTexts(["a cat"], new CancellationToken(canceled: true)));

    [Fact]
    public void Load_FolderOfAnotherKind_NamesTheFile()
    {
        var exception = Assert.ThrowsAny<Exception>(() => ClipScorer.Load(Repository.Root));
        Assert.Contains("config.json", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _scorer.Dispose();

    private static RgbImage Decode(string path) => ImageDecoder.Decode(File.ReadAllBytes(path), ImageLimits.Default);
}
