using System.Diagnostics;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>From 64 prompts to 64 pictures: the reference's graphs under the same scheduler, our pipeline in float32, and in bfloat16.</summary>
internal sealed class GenerateComparison : IDisposable
{
    private const int ImageCount = 64;
    private const int StepCount = 15;
    private const double GuidanceScale = 4;
    private const double Float32Limit = 0.8;
    private const double BFloat16Limit = 0.5;

    private static readonly string[] Things = ["cat", "dog", "bus", "tree", "house", "car", "bird", "fish"];

    private readonly ModelFolder _folder = ModelFolder.Open(Repository.EmojiModel);
    private readonly ReferenceGraph _unet;
    private readonly ReferenceGraph _decoder;
    private readonly ReferenceGraph _text;
    private readonly ClipTokenizer _tokenizer;
    private readonly NoiseSchedule _schedule;
    private readonly StableDiffusionPipeline _exact = StableDiffusionPipeline.Load(Repository.EmojiModel);
    private readonly StableDiffusionPipeline _half = StableDiffusionPipeline.Load(Repository.EmojiModel, new PipelineOptions(Dtype: ComputeDtype.BFloat16));

    public GenerateComparison()
    {
        using var unet = _folder.LoadUnet();
        using var vae = _folder.LoadVae();
        using var text = _folder.LoadTextEncoder();
        _unet = ReferenceGraph.Load("unet", "unet.", unet);
        _decoder = ReferenceGraph.Load("vae-decode", "vae.", vae);
        _text = ReferenceGraph.Load("text", "text_encoder.", text);
        _tokenizer = ClipTokenizer.Load(_folder.TokenizerPath, _folder.TextEncoder.MaxPositionEmbeddings);
        _schedule = new NoiseSchedule(SchedulerConfig.Load(_folder.SchedulerConfigPath));
    }

    /// <summary>Times the three in turn, with other prompts each time so that no encoder's memory helps, and prints what came out.</summary>
    /// <returns>Whether both ratios keep their limits.</returns>
    public bool Print(int rounds)
    {
        var times = new List<(double Reference, double Exact, double Half)>();
        var (largest, over1, psnr) = (0, 0.0, double.PositiveInfinity);
        for (var round = -1; round < rounds; round++)
        {
            var (referenceTime, reference) = Time(() => Reference(round));
            var (exactTime, exact) = Time(() => Ours(_exact, round));
            Console.WriteLine($"  round {round}: float32 text {_stageSeconds[0]:F2} s, denoising {_stageSeconds[1]:F2} s, decoding {_stageSeconds[2]:F2} s; reference {referenceTime:F2} s");
            var (halfTime, half) = Time(() => Ours(_half, round));
            Console.WriteLine($"           bfloat16 text {_stageSeconds[0]:F2} s, denoising {_stageSeconds[1]:F2} s, decoding {_stageSeconds[2]:F2} s");
            if (round >= 0)
            {
                times.Add((referenceTime, exactTime, halfTime));
            }

            var differences = reference.Zip(exact, (a, b) => Math.Abs(a - b)).ToList();
            (largest, over1, psnr) = (Math.Max(largest, differences.Max()), Math.Max(over1, differences.Count(d => d > 1) / (double)differences.Count), Math.Min(psnr, Psnr(exact, half)));
        }

        var (r, e, h) = (Median(times.Select(t => t.Reference)), Median(times.Select(t => t.Exact)), Median(times.Select(t => t.Half)));
        Console.WriteLine($"{ImageCount} pictures, {StepCount} DPM-Solver++ steps, guidance {GuidanceScale}, decoded; medians of {rounds}");
        Console.WriteLine($"  reference {r:F2} s, ours in float32 {e:F2} s: ratio {e / r:F2}, limit {Float32Limit:F2}; largest difference {largest} of 255, {over1:P3} of values over 1");
        Console.WriteLine($"  ours in bfloat16 {h:F2} s: {h / e:F2} of float32's time, limit {BFloat16Limit:F2}; PSNR against float32 {psnr:F1} dB at least");
        return e / r <= Float32Limit && h / e <= BFloat16Limit;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _unet.Dispose();
        _decoder.Dispose();
        _text.Dispose();
        _exact.Dispose();
        _half.Dispose();
    }

    private static string Prompt(int round, int image) => $"a {Things[image % Things.Length]} number {image} {round}";

    // Text encoding, denoising, decoding; printed, so that a slow part shows.
    private readonly double[] _stageSeconds = new double[3];

    private byte[] Ours(StableDiffusionPipeline pipeline, int round)
    {
        Array.Clear(_stageSeconds);
        var items = Enumerable.Range(0, ImageCount).Select(i => new SamplingItem(Prompt(round, i), "", (round * 1000) + i));
        var pictures = pipeline.Sample(new SamplingRequest([.. items], SchedulerKind.DpmSolverPlusPlus2M, StepCount, GuidanceScale, pipeline.SampleSize, pipeline.SampleSize), step => _stageSeconds[(int)step.Stage] += step.Elapsed.TotalSeconds);
        return [.. pictures.SelectMany(picture => picture.Pixels)];
    }

    // The negative prompt is encoded once and repeated; both halves of the guidance go through the UNet in one batch.
    private byte[] Reference(int round)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var scheduler = SchedulerFactory.Create(SchedulerKind.DpmSolverPlusPlus2M, _schedule, StepCount);
        var states = _text.Call(Ids([.. Enumerable.Range(0, ImageCount).Select(i => Prompt(round, i)).Prepend("")]));
        var hidden = cat([states[..1].expand(ImageCount, -1, -1), states[1..]]);
        var side = (long)_folder.Unet.SampleSize!;
        var latents = cat([.. Enumerable.Range(0, ImageCount).Select(i => randn([1, 4, side, side], generator: new Generator(unchecked((ulong)((round * 1000) + i)))))]) * scheduler.InitNoiseSigma;
        foreach (var timestep in scheduler.Timesteps)
        {
            using var stepScope = NewDisposeScope();
            var input = scheduler.ScaleModelInput(latents);
            var halves = _unet.Call(cat([input, input]), full(2 * ImageCount, (long)timestep, ScalarType.Int64), hidden).chunk(2);
            latents = scheduler.Step(halves[0] + (GuidanceScale * (halves[1] - halves[0])), latents, () => throw new InvalidOperationException("DPM-Solver++ draws no noise.")).MoveToOuterDisposeScope();
        }

        var decoded = _decoder.Call(latents / _folder.Vae.ScalingFactor);
        return ((decoded / 2) + 0.5).clamp(0, 1).mul(255).round().permute(0, 2, 3, 1).contiguous().to(ScalarType.Byte).bytes.ToArray();
    }

    private Tensor Ids(IReadOnlyList<string> prompts) => stack(prompts.Select(prompt => tensor(_tokenizer.Tokenize(prompt).Ids.Select(id => (long)id).ToArray())));

    private static (double Seconds, byte[] Pixels) Time(Func<byte[]> work)
    {
        var start = Stopwatch.GetTimestamp();
        var pixels = work();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, pixels);
    }

    private static double Psnr(byte[] expected, byte[] found)
    {
        var error = expected.Zip(found, (a, b) => (double)(a - b) * (a - b)).Average();
        return 10 * Math.Log10(255 * 255 / error);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
