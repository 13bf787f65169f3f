using System.Diagnostics;
using System.Globalization;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Training;
using Gal.Diffusion.Training.Memory;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Benchmarks.Memory;

/// <summary>One training of a few steps: its memory against the estimate, and the time of a step. One setting a start, because a heap keeps what it once had.</summary>
internal static class Program
{
    private const string Usage = "TrainingMemory --write-wide FOLDER | [--model FOLDER] [--method dreambooth|lora|word|custom] [--rank 4] [--batch 1] [--resolution 0] [--steps 3] [--bf16] [--checkpointing] [--ema] [--prior] [--accumulate 1] [--preview] [--resume]";

    private static async Task<int> Main(string[] args)
    {
        if (args.Contains("--help"))
        {
            Console.WriteLine(Usage);
            return 0;
        }

        TorchRuntime.EnsureLoaded();
        var picture = new RgbImage(64, 64, [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (byte)(i * 37 % 251))]);
        var model = Value(args, "--model", Repository.EmojiModel);
        if (args.Contains("--write-wide"))
        {
            WideModel.Write(Value(args, "--write-wide", string.Empty));
            return 0;
        }

        var spec = new TrainingSpec(model, [new(picture, "a photo of <new1> cat", 1)])
        {
            BatchSize = Number(args, "--batch", 1),
            Resolution = Number(args, "--resolution", 0),
            Preview = args.Contains("--preview") ? new(["a photo of a cat"]) { InferenceStepCount = 2 } : null,
            Prior = args.Contains("--prior") ? new("a cat", [picture]) : null,
            Options = new()
            {
                Dtype = args.Contains("--bf16") ? ComputeDtype.BFloat16 : ComputeDtype.Float32,
                GradientCheckpointing = args.Contains("--checkpointing"),
                GradientAccumulationCount = Number(args, "--accumulate", 1),
                Ema = args.Contains("--ema") ? new() : null,
            },
        };
        var rank = Number(args, "--rank", 4);
        var (weights, create) = Value(args, "--method", "dreambooth") switch
        {
            "lora" => (TrainedWeights.LowRankUpdates, (Func<ITrainer>)(() => LoraTrainer.Create(spec, new LoraOptions(rank)))),
            "word" => (TrainedWeights.Word, () => TextualInversionTrainer.Create(spec, new("<new1>", "cat"))),
            "custom" => (TrainedWeights.KeysAndValues, () => CustomDiffusionTrainer.Create(spec, new("<new1>", "cat"))),
            _ => (TrainedWeights.Unet, () => DreamBoothTrainer.Create(spec)),
        };
        var estimate = TrainingMemory.Estimate(ModelFolder.Open(model), spec, weights, rank);
        await using var device = new DeviceWorker();
        if (args.Contains("--resume"))
        {
            Console.WriteLine(await device.RunAsync(() => Resume(create, Number(args, "--steps", 20))));
            return 0;
        }

        var (prepared, peak, milliseconds) = await device.RunAsync(() => Measure(create, Number(args, "--steps", 3), spec.Preview is not null));
        Console.WriteLine($"{string.Join(' ', args)} | estimate {estimate.Peak >> 20} MiB | measured {peak >> 20} MiB | ratio {(double)estimate.Peak / peak:F2} | "
            + $"weights {estimate.Weights >> 20}, optimizer {estimate.Optimizer >> 20}, average {estimate.Average >> 20}, step {estimate.Step >> 20}, preparation {estimate.Preparation >> 20} (measured {prepared >> 20}), preview {estimate.Preview >> 20} | {milliseconds:F0} ms a step");
        return 0;
    }

    // Peaks in bytes beside what the process had with torch at work, and the median step after the first.
    private static (long Prepared, long Peak, double Milliseconds) Measure(Func<ITrainer> create, int stepCount, bool samples)
    {
        using (var warm = rand(64, 64))
        {
            warm.matmul(warm).Dispose();
        }

        GC.Collect();
        using var watch = new MemoryWatch();
        using var trainer = create();
        var prepared = watch.Peak;
        var times = new List<double>();
        for (var i = 0; i < stepCount; i++)
        {
            var start = Stopwatch.GetTimestamp();
            trainer.Step();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (samples)
            {
                trainer.SamplePreview();
            }
        }

        return (prepared, watch.Peak, times.Skip(1).Order().ElementAtOrDefault((stepCount - 1) / 2));
    }

    // The same number of steps before a stop and after it, in one process: memory and time must not differ.
    private static string Resume(Func<ITrainer> create, int stepCount)
    {
        var path = Path.Combine(Path.GetTempPath(), $"gal-state-{Environment.ProcessId}");
        using var watch = new MemoryWatch();
        double before, after;
        using (var trainer = create())
        {
            before = MedianStep(trainer, stepCount);
            trainer.SaveState(path);
        }

        var peak = watch.Peak;
        using (var trainer = create())
        {
            trainer.LoadState(path);
            after = MedianStep(trainer, stepCount);
        }

        File.Delete(path);
        return $"before the stop {before:F1} ms a step, peak {peak >> 20} MiB; after it {after:F1} ms, {watch.Peak >> 20} MiB";
    }

    private static double MedianStep(ITrainer trainer, int stepCount)
    {
        var times = new List<double>();
        for (var i = 0; i < stepCount; i++)
        {
            var start = Stopwatch.GetTimestamp();
            trainer.Step();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return times.Order().ElementAt(stepCount / 2);
    }

    private static string Value(string[] args, string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var i ? args[i + 1] : otherwise;

    private static int Number(string[] args, string name, int otherwise) => int.Parse(Value(args, name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
}
