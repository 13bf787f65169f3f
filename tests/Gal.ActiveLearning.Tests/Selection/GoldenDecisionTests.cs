using System.Text.Json;
using Gal.ActiveLearning.Chance;
using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Selection;
using Gal.Tests;

namespace Gal.ActiveLearning.Tests.Selection;

/// <summary>golden/gal: similarity matrices in, decisions out.</summary>
public sealed class GoldenDecisionTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Repository.Golden("gal", "decisions.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> CaseNumbers => [.. Enumerable.Range(0, Cases.Length)];

    [Fact]
    public void Cases_AreAllThere() => Assert.Equal(40, Cases.Length);

    [Theory]
    [MemberData(nameof(CaseNumbers))]
    public void Judgement_GoldenMatrix_IsEqual(int number)
    {
        var (judgement, expect) = (Judge(Cases[number]), Cases[number].GetProperty("expect"));
        Assert.Equal(Rows(expect.GetProperty("overfitted"), v => v.GetInt32() == 1), judgement.Directions.Select(d => d.OverfitFlags.ToArray()));
        Assert.Equal(Ints(expect.GetProperty("count")), judgement.Directions.Select(d => d.OverfitCount));
        Assert.Equal(Ints(expect.GetProperty("order")), judgement.Ranking);
        Assert.Equal(expect.GetProperty("uncertain").GetInt32(), judgement.UncertainCount);
        Assert.Equal(expect.GetProperty("openness").GetDouble(), judgement.Openness, 1e-12);
        var entropies = expect.GetProperty("entropy").EnumerateArray().Select(e => e.GetDouble());
        Assert.All(entropies.Zip(judgement.Directions), p => Assert.Equal(p.First, p.Second.Uncertainty, 1e-12));
    }

    [Theory]
    [MemberData(nameof(CaseNumbers))]
    public void Uncertainty_GoldenMatrix_DecidesTheSame(int number)
    {
        var expect = Cases[number].GetProperty("expect");
        var decision = Decide(Cases[number], SelectionStrategy.Uncertainty);
        if (expect.GetProperty("stop").ValueKind == JsonValueKind.String)
        {
            Assert.Equal("fewer_uncertain_directions_than_k", expect.GetProperty("stop").GetString());
            Assert.Equal(new RoundDecision.Stop(StopReason.FewerUncertainDirectionsThanK), decision);
            return;
        }

        var selected = Assert.IsType<RoundDecision.Select>(decision).Images;
        var expected = expect.GetProperty("selected").EnumerateArray().ToArray();
        Assert.Equal(expected.Select(AnchorAndImage), selected.Select(s => (s.AnchorIndex, s.ImageIndex)));
        Assert.All(expected.Zip(selected), p => Assert.Equal(p.First.GetProperty("weight").GetDouble(), p.Second.LossWeight, 1e-12));
        Assert.Equal(Ints(expect.GetProperty("poolAfter")), Ints(Cases[number].GetProperty("pool")).Except(selected.Select(s => s.AnchorIndex)));
    }

    [Theory]
    [MemberData(nameof(CaseNumbers))]
    public void ClipFeedback_GoldenMatrix_DecidesTheSame(int number)
    {
        var selected = Assert.IsType<RoundDecision.Select>(Decide(Cases[number], SelectionStrategy.ClipFeedback)).Images;
        Assert.Equal(Cases[number].GetProperty("clipFeedback").EnumerateArray().Select(AnchorAndImage), selected.Select(s => (s.AnchorIndex, s.ImageIndex)));
    }

    private static RoundDecision Decide(JsonElement golden, SelectionStrategy strategy) =>
        Selector.Decide(Judge(golden), strategy, balance: true, golden.GetProperty("k").GetInt32(), new SplitMix64(0));

    private static RoundJudgement Judge(JsonElement golden)
    {
        var prompts = Rows(golden.GetProperty("anchorSimilarity"), Similarity);
        var nonSoi = golden.GetProperty("nonSoiSimilarity").EnumerateArray().Select(a => Rows(a, Similarity).Select(OverfitOracle.HighestNonSoi).ToArray());
        return RoundJudgement.Of([.. Ints(golden.GetProperty("pool")).Zip(prompts, nonSoi).Select(d => new DirectionScores(d.First, d.Second, d.Third))], golden.GetProperty("lambda").GetDouble());
    }

    private static float Similarity(JsonElement value) => value.ValueKind == JsonValueKind.Null ? float.NaN : value.GetSingle();

    private static (int Anchor, int Image) AnchorAndImage(JsonElement selected) => (selected.GetProperty("anchor").GetInt32(), selected.GetProperty("image").GetInt32());

    private static T[][] Rows<T>(JsonElement rows, Func<JsonElement, T> read) => [.. rows.EnumerateArray().Select(r => r.EnumerateArray().Select(read).ToArray())];

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];
}
