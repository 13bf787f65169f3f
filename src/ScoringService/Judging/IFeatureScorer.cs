using Gal.Scoring.Embedding;
using Gal.V1;

namespace Gal.Scoring.Judging;

/// <summary>Computes cosines and judgements from features.</summary>
internal interface IFeatureScorer
{
    /// <summary>What computes, for the service's capabilities.</summary>
    IEnumerable<Component> Components { get; }

    /// <summary>Cosine of every row with every column, [rows, columns] row-major; NaN where a vector is zero or not finite.</summary>
    float[] Cosines(FeatureRows rows, FeatureRows columns);

    /// <summary>The judgement of each direction against the most similar of the non-SoI texts.</summary>
    IReadOnlyList<DirectionEvaluation> Judge(IReadOnlyList<DirectionFeatures> directions, FeatureRows nonSoiTexts);
}
