using Gal.Imaging;
using Gal.Reporting.Markup;
using Gal.V1;

namespace Gal.Reporting.Pictures;

/// <summary>The pictures that a report shows, small and as data, so that the page is one file.</summary>
internal sealed class PictureBook
{
    private const int ReferenceSide = 320;
    private const int SampleSide = 128;

    private readonly Dictionary<string, string> _sources;

    private PictureBook(Dictionary<string, string> sources) => _sources = sources;

    /// <summary>Reads every picture of a run once.</summary>
    /// <param name="run">The run.</param>
    /// <param name="readArtifact">Gives an artifact's bytes.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async Task<PictureBook> ReadAsync(Run run, Func<string, CancellationToken, Task<byte[]>> readArtifact, CancellationToken cancellationToken)
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (image, side) in ImagesOf(run))
        {
            if (image.Artifact.Length > 0 && !sources.ContainsKey(image.Artifact))
            {
                sources[image.Artifact] = ToDataUri(await readArtifact(image.Artifact, cancellationToken), side);
            }
        }

        return new PictureBook(sources);
    }

    /// <summary>An img element; a hatched box where the run has no such picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="alt">What it shows, for those who cannot see it.</param>
    public Html Show(Image? image, string alt) => image is not null && _sources.TryGetValue(image.Artifact, out var source)
        ? Html.Of($"""<img src="{Html.Trusted(source)}" alt="{alt}" loading="lazy"/>""")
        : Html.Of($"""<span class="missing" role="img" aria-label="{alt}: the picture is missing"></span>""");

    private static IEnumerable<(Image Image, int Side)> ImagesOf(Run run) =>
    [
        .. run.Settings.Subject.References.Select(r => (r.Image, ReferenceSide)),
        .. run.Rounds.SelectMany(r => r.Samples.Select(s => s.Image)
            .Concat(r.Anchors.SelectMany(a => a.Images))
            .Concat(r.Evaluation?.Images.Select(i => i.Image) ?? [])
            .Select(i => (i, SampleSide))),
    ];

    private static string ToDataUri(byte[] file, int side) =>
        "data:image/webp;base64," + Convert.ToBase64String(ThumbnailEncoder.Encode(ImageDecoder.Decode(file, ImageLimits.Default), side));
}
