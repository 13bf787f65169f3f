using Gal.ActiveLearning.Directions;
using Gal.Scoring.Backends;

namespace Gal.Scoring.Tests.Backends;

/// <summary>Rounds to judge.</summary>
internal static class Rounds
{
    // Similarities may be 1e-6 off, so a decision between two that are nearer than twice that is either way right.
    private const double NearTie = 2e-6;

    /// <summary>Directions of different sizes, whose images lean to their prompt or to a non-SoI text by chance. What is to be decided, rounding does not decide.</summary>
    public static RoundEmbeddings Random(int directionCount, int textCount, int dimension, int seed)
    {
        var round = Draw(directionCount, textCount, dimension, seed);
        return HasNearTie(round) ? Random(directionCount, textCount, dimension, seed + 1_000_003) : round;
    }

    private static RoundEmbeddings Draw(int directionCount, int textCount, int dimension, int seed)
    {
        var random = new Random(seed);
        var counts = Enumerable.Range(0, directionCount).Select(_ => random.Next(1, 12)).ToArray();
        return Of(counts, Features.Random(counts.Sum(), dimension, seed + 1), Features.Random(directionCount, dimension, seed + 2), Features.Random(textCount, dimension, seed + 3), dimension);
    }

    public static RoundEmbeddings Of(int[] counts, float[] images, float[] prompts, float[] texts, int dimension) =>
        new(Features.Rows(images, dimension), counts, Features.Rows(prompts, dimension), Features.Rows(texts, dimension));

    /// <summary>What the method says about a round's cosines in float64.</summary>
    public static RoundJudgement Judge(RoundEmbeddings round, double opennessFactor)
    {
        var dimension = round.Images.Dimension;
        var (images, prompts, texts) = (round.Images.ToHost().ToArray(), round.Prompts.ToHost().ToArray(), round.NonSoiTexts.ToHost().ToArray());
        var pool = new List<DirectionScores>();
        var first = 0;
        for (var i = 0; i < round.ImageCounts.Count; i++)
        {
            var rows = Enumerable.Range(first, round.ImageCounts[i]).ToArray();
            pool.Add(new DirectionScores(
                i,
                [.. rows.Select(j => (float)Features.Cosine(Features.Row(images, j, dimension), Features.Row(prompts, i, dimension)))],
                [.. rows.Select(j => OverfitOracle.HighestNonSoi([.. Enumerable.Range(0, round.NonSoiTexts.RowCount).Select(t => (float)Features.Cosine(Features.Row(images, j, dimension), Features.Row(texts, t, dimension)))]))]));
            first += rows.Length;
        }

        return RoundJudgement.Of(pool, opennessFactor);
    }

    // An image's own prompt against the nearest non-SoI text, or the two images nearest to their prompt.
    private static bool HasNearTie(RoundEmbeddings round)
    {
        var dimension = round.Images.Dimension;
        var (images, prompts, texts) = (round.Images.ToHost().ToArray(), round.Prompts.ToHost().ToArray(), round.NonSoiTexts.ToHost().ToArray());
        var first = 0;
        for (var i = 0; i < round.ImageCounts.Count; i++)
        {
            var rows = Enumerable.Range(first, round.ImageCounts[i]).ToArray();
            double[] own = [.. rows.Select(j => Features.Cosine(Features.Row(images, j, dimension), Features.Row(prompts, i, dimension)))];
            double[] other = [.. rows.Select(j => Enumerable.Range(0, round.NonSoiTexts.RowCount).Max(t => Features.Cosine(Features.Row(images, j, dimension), Features.Row(texts, t, dimension))))];
            double[] best = [.. own.OrderDescending().Take(2)];
            if (own.Zip(other).Any(pair => Math.Abs(pair.First - pair.Second) < NearTie) || (best.Length == 2 && best[0] - best[1] < NearTie))
            {
                return true;
            }

            first += rows.Length;
        }

        return false;
    }

    /// <summary>Asserts that two judgements decide alike and that their similarities are within 1e-6.</summary>
    public static void AssertEqual(RoundJudgement expected, RoundJudgement actual)
    {
        Assert.Equal(expected.Ranking, actual.Ranking);
        Assert.Equal(expected.Openness, actual.Openness, 1e-12);
        Assert.Equal(expected.Directions.Count, actual.Directions.Count);
        foreach (var (e, a) in expected.Directions.Zip(actual.Directions))
        {
            Assert.Equal(e.OverfitFlags, a.OverfitFlags);
            Assert.Equal(e.BestImageIndex, a.BestImageIndex);
            AssertClose(e.Scores.PromptSimilarities, a.Scores.PromptSimilarities);
            AssertClose(e.Scores.NonSoiSimilarities, a.Scores.NonSoiSimilarities);
        }
    }

    private static void AssertClose(IReadOnlyList<float> expected, IReadOnlyList<float> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var j = 0; j < expected.Count; j++)
        {
            Assert.True(float.IsNaN(expected[j]) ? float.IsNaN(actual[j]) : Math.Abs(expected[j] - actual[j]) <= 1e-6, $"Image {j} is at {actual[j]}, expected {expected[j]}.");
        }
    }
}
