using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;
using TorchSharp;

namespace Gal.Benchmarks.Scoring;

/// <summary>Many rows against 19 texts: how close the processor comes to the speed of its memory. Copying and scoring take turns in one process, then torch.</summary>
internal static class Bandwidth
{
    private const int Dimension = 512;
    private const int Texts = 19;
    private const int Turns = 15;

    public static void Report(int rowCount)
    {
        TorchRuntime.EnsureLoaded();
        using var backend = new CpuScoringBackend("Not asked for.");
        var images = Inputs.Random(rowCount, Dimension, 1);
        var (rows, columns) = (new HostEmbeddings(images, rowCount, Dimension), Inputs.Rows(Texts, Dimension, 2));
        var similarities = new float[rowCount * Texts];
        var (source, target) = (new float[Math.Min(images.Length, 1 << 28)], new float[Math.Min(images.Length, 1 << 28)]);
        using var imageTensor = torch.from_array(images).reshape(rowCount, Dimension);
        using var textTensor = torch.tensor(Inputs.Random(Texts, Dimension, 2)).reshape(Texts, Dimension);
        var (copy, ours, reference) = (new Samples(), new Samples(), new Samples());
        for (var turn = 0; turn < Turns; turn++)
        {
            copy.Measure(() => Copy(source, target));
            ours.Measure(() => backend.ComputeSimilarities(rows, columns, similarities));
        }

        // Afterwards: torch's threads go on looking for work for a while and would take a processor from the others.
        for (var turn = 0; turn < Turns; turn++)
        {
            reference.Measure(() => Multiply(imageTensor, textTensor));
        }

        // As STREAM counts: a copy reads and writes every byte.
        var copyRate = 2.0 * source.Length * sizeof(float) / copy.Median / 1e6;
        var rate = (images.Length + similarities.Length) * (double)sizeof(float) / ours.Median / 1e6;
        var (peak, multiplyAdds) = (Arithmetic.MeasurePeak(), (double)images.Length * (Texts + 1) / 1e9);
        Console.WriteLine($"{rowCount:N0} × {Dimension} against {Texts} texts, {Environment.ProcessorCount} threads, medians of {Turns} turns");
        Console.WriteLine($"| copy of {source.Length * (double)sizeof(float) / 1e9:F2} GB | {copy.Median:F0} ms | {copyRate:F1} GB/s read and written, {copyRate / 2:F1} GB/s copied |");
        Console.WriteLine($"| cosines | {ours.Median:F0} ms | {rate:F1} GB/s read and written: {rate / copyRate:F2} of what the copy reads and writes, {2 * rate / copyRate:F2} of what it copies |");
        Console.WriteLine($"| the multiply-adds of cosines and lengths at this processor's peak | {1e3 * multiplyAdds / peak:F0} ms | {multiplyAdds:F1} of {peak:F0} · 10⁹ a second; cosines take {ours.Median * peak / multiplyAdds / 1e3:F2} times that |");
        Console.WriteLine($"| torch: normalise, multiply | {reference.Median:F0} ms | {reference.Median / ours.Median:F1} times ours |");
    }

    private static void Copy(float[] source, float[] target) => Parallel.For(0, Environment.ProcessorCount, part =>
    {
        var (start, end) = ((int)((long)source.Length * part / Environment.ProcessorCount), (int)((long)source.Length * (part + 1) / Environment.ProcessorCount));
        source.AsSpan(start, end - start).CopyTo(target.AsSpan(start));
    });

    private static void Multiply(torch.Tensor images, torch.Tensor texts)
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        images.matmul(texts.t()).div_(images.norm(1, true)).div_(texts.norm(1, true).t());
    }
}
