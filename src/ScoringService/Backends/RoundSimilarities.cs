using Gal.ActiveLearning.Directions;

namespace Gal.Scoring.Backends;

/// <summary>Similarities of all images of a round, before they are judged.</summary>
internal sealed class RoundSimilarities(float[] prompt, float[] nonSoi)
{
    /// <summary>Room for similarities.</summary>
    public RoundSimilarities(int imageCount)
        : this(new float[imageCount], new float[imageCount])
    {
    }

    /// <summary>F(x_ij, p_i), all directions one after another.</summary>
    public float[] Prompt { get; } = prompt;

    /// <summary>max over the non-SoI texts of F(x_ij, t), in the same order; NaN if one of them is.</summary>
    public float[] NonSoi { get; } = nonSoi;

    /// <summary>Applies the method's rules, the same for every backend.</summary>
    public RoundJudgement Judge(IReadOnlyList<int> imageCounts, double opennessFactor)
    {
        var pool = new DirectionScores[imageCounts.Count];
        var first = 0;
        for (var i = 0; i < pool.Length; i++)
        {
            pool[i] = new DirectionScores(i, new ArraySegment<float>(Prompt, first, imageCounts[i]), new ArraySegment<float>(NonSoi, first, imageCounts[i]));
            first += imageCounts[i];
        }

        return RoundJudgement.Of(pool, opennessFactor);
    }
}
