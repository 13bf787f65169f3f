using Gal.Hosting.Errors;
using Gal.Scoring.Embedding;
using Gal.V1;

namespace Gal.Scoring.Judging;

/// <summary>The images of a round's directions, some embedded by the caller and some not.</summary>
internal sealed class RoundImages
{
    private readonly IReadOnlyList<(FeatureRows? Given, IReadOnlyList<(Image Image, string Field)> Pictures)> _directions;

    private RoundImages(IReadOnlyList<(FeatureRows?, IReadOnlyList<(Image, string)>)> directions) => _directions = directions;

    /// <summary>N of each direction.</summary>
    public IReadOnlyList<int> Counts => [.. _directions.Select(CountOf)];

    /// <summary>Checks the images of all directions.</summary>
    /// <param name="directions">As sent.</param>
    /// <param name="dimension">The model's features a row.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: texts in place of images, or embeddings of another size.</exception>
    public static RoundImages From(IReadOnlyList<DirectionImages> directions, int dimension) => new([.. directions.Select((direction, i) => Read(direction.Images, $"directions[{i}].images", dimension))]);

    /// <summary>The features of all images, direction after direction.</summary>
    /// <param name="embed">Embeds the pictures of all directions at once.</param>
    /// <param name="join">Puts rows below each other.</param>
    /// <returns>The caller disposes it.</returns>
    public async Task<FeatureRows> EmbedAsync(Func<IReadOnlyList<(Image, string)>, Task<FeatureRows>> embed, Func<IReadOnlyList<FeatureRows>, Task<FeatureRows>> join)
    {
        var pictures = _directions.SelectMany(d => d.Pictures).ToList();
        if (_directions.All(d => d.Given is null))
        {
            return await embed(pictures);
        }

        using var embedded = pictures.Count > 0 ? await embed(pictures) : null;
        var parts = new List<FeatureRows>();
        var first = 0;
        foreach (var (given, own) in _directions)
        {
            parts.Add(given ?? embedded!.Slice(first, own.Count));
            first += own.Count;
        }

        try
        {
            return await join(parts);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    private static int CountOf((FeatureRows? Given, IReadOnlyList<(Image, string)> Pictures) direction) => direction.Given?.RowCount ?? direction.Pictures.Count;

    private static (FeatureRows?, IReadOnlyList<(Image, string)>) Read(FeatureSource source, string field, int dimension)
    {
        switch (source.SourceCase)
        {
            case FeatureSource.SourceOneofCase.Images:
                return (null, [.. source.Images.Images.Select((image, j) => (image, $"{field}.images.images[{j}]"))]);
            case FeatureSource.SourceOneofCase.Embeddings:
                var rows = FeatureReader.Read(source.Embeddings, $"{field}.embeddings");
                Check($"{field}.embeddings.dimension", rows.Dimension, rows.Dimension == dimension, $"must be {dimension}, as the model's are");
                Check($"{field}.embeddings.row_count", rows.RowCount, rows.RowCount > 0, "must be at least 1: a direction has images");
                return (rows, []);
            default:
                throw RpcErrors.InvalidField($"{field}.texts", "a list of texts", "must be images or their embeddings", "NOT_IMAGES");
        }
    }

    private static void Check(string field, int value, bool isRight, string rule)
    {
        if (!isRight)
        {
            throw RpcErrors.InvalidField(field, value.ToString(), rule, "EMBEDDINGS_SIZE");
        }
    }
}
