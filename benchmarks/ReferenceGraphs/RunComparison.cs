using System.Text.Json;
using Gal.Diffusion.Weights;
using Gal.Tests;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>
/// A whole run's model work against the same counts of calls of the reference's graphs: a training step, the UNet over both halves of the guidance, the VAE's decoder,
/// CLIP over pictures. What the reference would spend besides (schedulers, text encoders, the encoder) is left out, in its favour.
/// </summary>
internal static class RunComparison
{
    private const int SamplingBatch = 32;
    private const int ScoringBatch = 64;

    /// <summary>Prints the table.</summary>
    /// <param name="recordPath">record.json of a finished run of the shipped model, made on this machine.</param>
    /// <param name="rounds">Timed calls of each graph.</param>
    /// <returns>The run's time over the reference's.</returns>
    public static double Print(string recordPath, int rounds)
    {
        using var record = JsonDocument.Parse(File.ReadAllBytes(recordPath));
        var run = record.RootElement.GetProperty("run");
        var spent = record.RootElement.GetProperty("cost").GetProperty("workSeconds");
        var sampling = run.GetProperty("settings").GetProperty("sampling");
        var batch = sampling.TryGetProperty("batchSize", out var size) && size.GetInt32() > 0 ? size.GetInt32() : SamplingBatch;
        var roundList = run.GetProperty("rounds").EnumerateArray().ToArray();
        int[] evaluated = [.. roundList.Select(r => r.GetProperty("evaluation").GetProperty("imageCount").GetInt32())];
        int[] sampled = [.. roundList.Select(r => r.TryGetProperty("anchors", out var anchors) ? anchors.EnumerateArray().Sum(a => a.GetProperty("images").GetArrayLength()) : 0)];
        var batches = evaluated.Concat(sampled).SelectMany(count => Batches(count, batch)).GroupBy(count => count).ToDictionary(group => group.Key, group => group.Count());
        var steps = sampling.GetProperty("inferenceStepCount").GetInt32();
        var images = evaluated.Sum() + sampled.Sum();
        var folder = ModelFolder.Open(Repository.EmojiModel);

        Console.WriteLine($"{"",-12}{"reference",14}{"this run",14}{"ratio",8}");
        var training = roundList.Sum(r => r.GetProperty("losses").GetArrayLength()) * Seconds(TrainingComparison.Make(folder), rounds);
        var denoising = batches.Sum(b => b.Value * steps * Seconds(Comparisons.UNet(folder, 2 * b.Key), rounds));
        var decoding = batches.Sum(b => b.Value * Seconds(Comparisons.VaeDecode(folder, b.Key), rounds));
        var scoring = (double)images / ScoringBatch * Seconds(Comparisons.ClipImages(folder), rounds);
        var ours = Row("training", "Training", training) + Row("denoising", "Denoising", denoising) + Row("decoding", "Decoding", decoding) + Row("scoring", "Scoring", scoring);
        var reference = training + denoising + decoding + scoring;
        Console.WriteLine($"{"in all",-12}{reference,12:F1} s{ours,12:F1} s{ours / reference,8:F2}");
        return ours / reference;

        double Row(string name, string kind, double expected)
        {
            var seconds = spent.GetProperty(kind).GetDouble();
            Console.WriteLine($"{name,-12}{expected,12:F1} s{seconds,12:F1} s{seconds / expected,8:F2}");
            return seconds;
        }
    }

    private static IEnumerable<int> Batches(int count, int size)
    {
        for (; count > 0; count -= size)
        {
            yield return Math.Min(count, size);
        }
    }

    private static double Seconds(Comparison comparison, int rounds)
    {
        using (comparison)
        {
            return comparison.Measure(rounds).ReferenceMilliseconds / 1000;
        }
    }
}
