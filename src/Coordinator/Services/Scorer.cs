using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Coordination.Services;

/// <summary>Asks the scoring service to compare images with texts and with one another, in messages of bounded size.</summary>
internal sealed class Scorer(ScoringService.ScoringServiceClient client, ArtifactExchange artifacts, Patience patience)
{
    private const int ImagesPerRequest = 512;

    /// <summary>Cosines of images with texts and with other images.</summary>
    /// <param name="model">The CLIP to use.</param>
    /// <param name="images">The n rows, as artifacts.</param>
    /// <param name="texts">The first columns.</param>
    /// <param name="others">The last columns, as artifacts.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <returns>One row of texts.Count + others.Count cosines an image, and what the time was spent on.</returns>
    public async Task<(IReadOnlyList<float[]> Rows, IReadOnlyList<TimeSpent> Times)> CompareAsync(string model, IReadOnlyList<string> images, IReadOnlyList<string> texts, IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        await artifacts.SendAsync("scoring", [.. images, .. others], cancellationToken);
        var columns = new FeatureSource { Embeddings = await EmbedAsync(model, texts, others, cancellationToken) };
        var (rows, times) = (new List<float[]>(), new List<TimeSpent>());
        foreach (var chunk in images.Chunk(ImagesPerRequest))
        {
            var request = new ScoreSimilarityRequest { Model = model, Rows = new FeatureSource { Images = ToImages(chunk) }, Columns = columns };
            var response = await patience.CallAsync(async () => await client.ScoreSimilarityAsync(request, cancellationToken: cancellationToken), cancellationToken);
            rows.AddRange(response.Similarities.Chunk(response.ColumnCount));
            times.AddRange(WorkTimes.FromProto(response.WorkTimes));
        }

        return (rows, times);
    }

    /// <summary>Cosine of two texts.</summary>
    public async Task<float> CompareTextsAsync(string model, string first, string second, CancellationToken cancellationToken)
    {
        var request = new ScoreSimilarityRequest { Model = model, Rows = ToTexts(first), Columns = ToTexts(second) };
        var response = await patience.CallAsync(async () => await client.ScoreSimilarityAsync(request, cancellationToken: cancellationToken), cancellationToken);
        return response.Similarities[0];
    }

    /// <summary>Judges the images sampled along some prompts, in as many messages as needed.</summary>
    public async Task<IReadOnlyList<EvaluateDirectionsResponse>> JudgeAsync(string model, IReadOnlyList<(string Prompt, IReadOnlyList<string> Images)> directions, IReadOnlyList<string> nonSoiTexts, double opennessFactor, CancellationToken cancellationToken)
    {
        await artifacts.SendAsync("scoring", directions.SelectMany(d => d.Images), cancellationToken);
        var responses = new List<EvaluateDirectionsResponse>();
        foreach (var chunk in directions.Chunk(Math.Max(1, ImagesPerRequest / directions[0].Images.Count)))
        {
            var request = new EvaluateDirectionsRequest { Model = model, OpennessFactor = opennessFactor, NonSoiTexts = { nonSoiTexts } };
            request.Directions.AddRange(chunk.Select(d => new DirectionImages { Prompt = d.Prompt, Images = new FeatureSource { Images = ToImages(d.Images) } }));
            responses.Add(await patience.CallAsync(async () => await client.EvaluateDirectionsAsync(request, cancellationToken: cancellationToken), cancellationToken));
        }

        return responses;
    }

    private async Task<Embeddings> EmbedAsync(string model, IReadOnlyList<string> texts, IReadOnlyList<string> images, CancellationToken cancellationToken)
    {
        var ofTexts = await patience.CallAsync(async () => await client.EmbedTextsAsync(new() { Model = model, Texts = { texts } }, cancellationToken: cancellationToken), cancellationToken);
        var ofImages = await patience.CallAsync(async () => await client.EmbedImagesAsync(new() { Model = model, Images = { ToImages(images).Images } }, cancellationToken: cancellationToken), cancellationToken);
        return new Embeddings
        {
            Data = ByteString.CopyFrom([.. ofTexts.Data.Span, .. ofImages.Data.Span]),
            RowCount = ofTexts.RowCount + ofImages.RowCount,
            Dimension = ofTexts.Dimension,
        };
    }

    private static FeatureSource ToTexts(string text) => new() { Texts = new TextList { Texts = { text } } };

    private static ImageList ToImages(IEnumerable<string> artifacts) => new() { Images = { artifacts.Select(a => new Image { Artifact = a }) } };
}
