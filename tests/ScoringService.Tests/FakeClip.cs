using System.Security.Cryptography;
using System.Text;
using Gal.Imaging;
using Gal.Scoring.Embedding;

namespace Gal.Scoring.Tests;

/// <summary>Features that are a function of the content alone: of a picture its first pixels, of a text its hash.</summary>
internal sealed class FakeClip : IClipEncoder
{
    public const int Dimension = 4;
    public const int ImageSide = 8;

    /// <summary>Called before each batch of pictures with its size.</summary>
    public Func<int, CancellationToken, Task> BeforeImages { get; init; } = (_, _) => Task.CompletedTask;

    public List<int> ImageBatches { get; } = [];

    public List<string> EncodedTexts { get; } = [];

    public Task<int> GetDimensionAsync(string modelFolder, CancellationToken cancellationToken) => Task.FromResult(Dimension);

    public Task<int> GetImageSideAsync(string modelFolder, CancellationToken cancellationToken) => Task.FromResult(ImageSide);

    public async Task<FeatureRows> EmbedImagesAsync(string modelFolder, IReadOnlyList<RgbImage> images, CancellationToken cancellationToken)
    {
        lock (ImageBatches)
        {
            ImageBatches.Add(images.Count);
        }

        await BeforeImages(images.Count, cancellationToken);
        return new HostFeatureRows(images.SelectMany(i => OfPicture(i.Pixels[0])).ToArray(), images.Count, Dimension);
    }

    public Task<IReadOnlyList<TextFeatures>> EmbedTextsAsync(string modelFolder, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        EncodedTexts.AddRange(texts);
        return Task.FromResult<IReadOnlyList<TextFeatures>>([.. texts.Select(t => new TextFeatures(new HostFeatureRows(OfText(t), 1, Dimension), t.Contains("very long", StringComparison.Ordinal) ? "the end" : ""))]);
    }

    public Task<FeatureRows> JoinAsync(IReadOnlyList<FeatureRows> parts, CancellationToken cancellationToken) => Task.FromResult<FeatureRows>(HostFeatureRows.Join(parts));

    public static float[] OfPicture(byte shade) => Normalize([1, shade / 255f, 0, 0]);

    public static float[] OfText(string text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return Normalize([hash[0] + 1, hash[1], hash[2], hash[3]]);
    }

    private static float[] Normalize(float[] values)
    {
        var length = MathF.Sqrt(values.Sum(v => v * v));
        return [.. values.Select(v => v / length)];
    }
}
