using System.Text.Json;

namespace Gal.GoldenRun;

/// <summary>What is compared of a round.</summary>
/// <param name="Pool">Anchor indices; empty in a round that did not sample.</param>
/// <param name="OverfitCounts">Of each anchor of the pool.</param>
/// <param name="Chosen">Anchor and image of each selection, in order.</param>
/// <param name="TextAlignment">TXT-ALN.</param>
/// <param name="ImageAlignment">IMG-ALN.</param>
/// <param name="OverfitRate">OVF.</param>
internal sealed record RoundFacts(IReadOnlyList<int> Pool, IReadOnlyList<int> OverfitCounts, IReadOnlyList<(int Anchor, int Image)> Chosen, double TextAlignment, double ImageAlignment, double OverfitRate)
{
    /// <summary>The rounds of the reference loop's report.</summary>
    public static IReadOnlyList<RoundFacts> FromReport(JsonElement report) => [.. report.GetProperty("rounds").EnumerateArray().Select(r => new RoundFacts(
        [.. List(r, "pool").Select(i => i.GetInt32())],
        [.. List(r, "overfit").Select(i => i.GetInt32())],
        [.. List(r, "chosen").Select(c => (c.GetProperty("anchor").GetInt32(), c.GetProperty("image").GetInt32()))],
        r.GetProperty("txtAln").GetDouble(),
        r.GetProperty("imgAln").GetDouble(),
        r.GetProperty("ovf").GetDouble()))];

    /// <summary>The rounds of a run's record.json. Protobuf's JSON leaves out zeros.</summary>
    public static IReadOnlyList<RoundFacts> FromRecord(JsonElement record) => [.. record.GetProperty("run").GetProperty("rounds").EnumerateArray().Select(r => new RoundFacts(
        [.. List(r, "anchors").Select(a => Number(a, "anchorIndex"))],
        [.. List(r, "anchors").Select(a => Number(a, "overfitCount"))],
        [.. List(r, "selections").Select(s => (Number(s, "anchorIndex"), Number(s, "imageIndex")))],
        Mean(r, "textAlignment"),
        Mean(r, "imageAlignment"),
        Mean(r, "overfitRate")))];

    private static JsonElement[] List(JsonElement parent, string name) => parent.TryGetProperty(name, out var list) ? [.. list.EnumerateArray()] : [];

    private static int Number(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetInt32() : 0;

    private static double Mean(JsonElement round, string metric) => round.GetProperty("evaluation").GetProperty(metric).TryGetProperty("mean", out var mean) ? mean.GetDouble() : 0;
}
