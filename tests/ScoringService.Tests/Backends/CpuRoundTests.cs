using FsCheck.Xunit;
using Gal.Scoring.Backends;

namespace Gal.Scoring.Tests.Backends;

public sealed class CpuRoundTests : IDisposable
{
    private readonly CpuScoringBackend _backend = new("Not asked for.");

    public void Dispose() => _backend.Dispose();

    [Property(MaxTest = 60)]
    public void EvaluateDirections_RandomRounds_DecideAsTheMethodDoesInDouble(int seed)
    {
        var random = new Random(seed);
        var round = Rounds.Random(random.Next(1, 20), random.Next(1, 9), random.Next(16, 200), random.Next(1000));

        Rounds.AssertEqual(Rounds.Judge(round, 0.005), _backend.EvaluateDirections(round, 0.005));
    }

    [Fact]
    public void EvaluateDirections_PromptIsAlsoANonSoiText_IsATieAndOverfitted()
    {
        const int Dimension = 130;
        var prompt = Features.Random(1, Dimension, 1);
        var round = Rounds.Of([9], Features.Random(9, Dimension, 2), prompt, [.. Features.Random(1, Dimension, 3).Select(v => v * 1e-3f), .. prompt], Dimension);

        var direction = Assert.Single(_backend.EvaluateDirections(round, 1).Directions);

        Assert.All(direction.OverfitFlags, Assert.True);
        Assert.Equal(0, direction.Uncertainty);
    }

    [Fact]
    public void EvaluateDirections_SameImageTwice_FirstIsBest()
    {
        const int Dimension = 64;
        var prompt = Features.Random(1, Dimension, 1);
        float[] images = [.. Features.Random(3, Dimension, 2), .. prompt, .. Features.Random(4, Dimension, 3), .. prompt];

        var round = Rounds.Of([9], images, prompt, Features.Random(2, Dimension, 4), Dimension);

        Assert.Equal(3, _backend.EvaluateDirections(round, 1).Directions[0].BestImageIndex);
    }

    [Fact]
    public void EvaluateDirections_NaNImages_AreOverfittedAndNeverBest()
    {
        const int Dimension = 32;
        var images = Features.Random(4, Dimension, 1);
        images[0] = float.NaN;
        images.AsSpan(2 * Dimension).Fill(float.PositiveInfinity);

        var judgement = _backend.EvaluateDirections(Rounds.Of([2, 2], images, Features.Random(2, Dimension, 2), Features.Random(1, Dimension, 3), Dimension), 0.005);

        Assert.True(judgement.Directions[0].OverfitFlags[0]);
        Assert.Equal(1, judgement.Directions[0].BestImageIndex);
        Assert.Equal([true, true], judgement.Directions[1].OverfitFlags);
        Assert.Null(judgement.Directions[1].BestImageIndex);
        Assert.All(judgement.Directions[1].Scores.PromptSimilarities, s => Assert.True(float.IsNaN(s)));
    }

    [Fact]
    public void EvaluateDirections_OneNaNText_MakesEveryImageOverfitted()
    {
        const int Dimension = 40;
        var texts = Features.Random(6, Dimension, 3);
        texts[(3 * Dimension) + 1] = float.NaN;

        var judgement = _backend.EvaluateDirections(Rounds.Of([5], Features.Random(5, Dimension, 1), Features.Random(1, Dimension, 2), texts, Dimension), 0.005);

        Assert.Equal(5, judgement.Directions[0].OverfitCount);
    }

    [Fact]
    public void RoundEmbeddings_ShapesDoNotFit_SaysWhichAndHow()
    {
        var error = Assert.Throws<ArgumentException>(() => Rounds.Of([2, 2], new float[3 * 8], new float[2 * 8], new float[8], 8));

        Assert.Contains("3 images and 4 images of all directions", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Rounds.Of([3], new float[3 * 8], new float[2 * 8], new float[8], 8));
        Assert.Throws<ArgumentException>(() => Rounds.Of([3, 0], new float[3 * 8], new float[2 * 8], new float[8], 8));
        Assert.Throws<ArgumentException>(() => Rounds.Of([3], new float[3 * 8], new float[8], [], 8));
    }
}
