using System.Numerics.Tensors;
using Gal.Scoring.Embedding;
using Gal.V1;

namespace Gal.Scoring.Judging;

/// <summary>Judges on the CPU, one vector instruction at a time.</summary>
internal sealed class PlainScorer : IFeatureScorer
{
    public IEnumerable<Component> Components => [];

    public float[] Cosines(FeatureRows rows, FeatureRows columns)
    {
        var cosines = new float[rows.RowCount * columns.RowCount];
        for (var i = 0; i < rows.RowCount; i++)
        {
            for (var j = 0; j < columns.RowCount; j++)
            {
                cosines[i * columns.RowCount + j] = TensorPrimitives.CosineSimilarity(rows.Row(i), columns.Row(j));
            }
        }

        return cosines;
    }

    public IReadOnlyList<DirectionEvaluation> Judge(IReadOnlyList<DirectionFeatures> directions, FeatureRows nonSoiTexts) => [.. directions.Select(d => Judge(d, nonSoiTexts))];

    private DirectionEvaluation Judge(DirectionFeatures direction, FeatureRows nonSoiTexts)
    {
        var prompt = Cosines(direction.Images, new(direction.Prompt, 1, direction.Prompt.Length));
        var nonSoi = Cosines(direction.Images, nonSoiTexts).Chunk(nonSoiTexts.RowCount).Select(row => TensorPrimitives.Max<float>(row)).ToArray();
        // A tie counts as overfitted, and so does a NaN, which is greater than nothing.
        var flags = prompt.Zip(nonSoi, (p, n) => !(p > n)).ToArray();
        var overfitCount = flags.Count(f => f);
        var rate = (double)overfitCount / flags.Length;
        return new()
        {
            PromptSimilarities = { prompt },
            NonSoiSimilarities = { nonSoi },
            OverfitFlags = { flags },
            OverfitCount = overfitCount,
            OverfitRate = rate,
            Uncertainty = Entropy(rate) + Entropy(1 - rate),
            BestImageIndex = FindBest(prompt),
        };
    }

    // -P ln P, and 0 at P = 0.
    private static double Entropy(double p) => p <= 0 ? 0 : -p * Math.Log(p);

    private static int FindBest(float[] similarities)
    {
        var best = -1;
        for (var j = 0; j < similarities.Length; j++)
        {
            if (!float.IsNaN(similarities[j]) && (best < 0 || similarities[j] > similarities[best]))
            {
                best = j;
            }
        }

        return best;
    }
}
