using System.Text.Json;
using Gal.Diffusion.Training;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

/// <summary>Specifications to train on, and what trainings are compared by.</summary>
internal static class Trainings
{
    /// <summary>The training of golden/emoji-train.</summary>
    public static TrainingSpec Emoji()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("emoji-train", "train.json")));
        var root = golden.RootElement;
        var pictures = new[] { Repository.Sample("style-watercolor", "reference-1.png"), Repository.Golden("emoji", "sample-0.png"), Repository.Golden("emoji", "sample-1.png") };
        var samples = root.GetProperty("samples").EnumerateArray().Select((sample, i) => new WeightedSample(Decode(pictures[i]), sample.GetProperty("prompt").GetString()!, sample.GetProperty("weight").GetDouble()));
        return new TrainingSpec(Repository.EmojiModel, [.. samples])
        {
            LearningRate = root.GetProperty("lr").GetDouble(),
            BatchSize = root.GetProperty("batch").GetInt32(),
            Seed = root.GetProperty("seed").GetInt64(),
        };
    }

    /// <summary>Two class pictures.</summary>
    public static PriorPreservation Prior() => new("a cat", [Decode(Repository.Golden("emoji", "sample-2.png")), Decode(Repository.Golden("emoji", "sample-3.png"))]);

    /// <summary>2n steps and n + stop + n end with the same bits.</summary>
    public static void AssertExactResume(Func<ITrainer> create, TemporaryFolder folder, int half = 3)
    {
        List<double> losses = [];
        using (var whole = create())
        {
            for (var i = 0; i < 2 * half; i++)
            {
                losses.Add(whole.Step().Loss);
                if (i == half - 1)
                {
                    whole.SaveState(folder.File("half"));
                }
            }

            whole.SaveState(folder.File("whole"));
            whole.SaveWeights(folder.File("whole.safetensors"));
        }

        using var second = create();
        second.LoadState(folder.File("half"));
        Assert.Equal(half, second.StepIndex);
        Assert.Equal(losses[half..], Enumerable.Range(0, half).Select(_ => second.Step().Loss));
        second.SaveState(folder.File("second"));
        second.SaveWeights(folder.File("second.safetensors"));
        AssertSameBytes(folder.File("whole"), folder.File("second"));
        AssertSameBytes(folder.File("whole.safetensors"), folder.File("second.safetensors"));
    }

    /// <summary>The l2 norm of every parameter, relative to the reference's.</summary>
    public static void AssertNorms(JsonElement expected, string path, string prefix, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        foreach (var entry in expected.EnumerateObject())
        {
            var norm = file.Tensors[prefix + entry.Name].Read(ScalarType.Float64).pow(2).sum().sqrt().item<double>();
            Assert.True(Math.Abs(norm - entry.Value.GetDouble()) <= tolerance * Math.Max(entry.Value.GetDouble(), 1e-6), $"{entry.Name}: norm {norm:G9}, expected {entry.Value.GetDouble():G9}.");
        }
    }

    /// <summary>The parameters that a golden file holds, by largest difference.</summary>
    public static void AssertParameters(string goldenPath, string path, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var golden = SafetensorsFile.Open(goldenPath);
        using var file = SafetensorsFile.Open(path);
        foreach (var (name, expected) in golden.Tensors)
        {
            TensorAssert.Close(expected.Read(), file.Tensors[name].Read(), tolerance, name);
        }
    }

    /// <summary>Whether every value of a file is finite.</summary>
    public static bool AllFinite(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        return file.Tensors.Values.All(stored => stored.Read().isfinite().all().item<bool>());
    }

    /// <summary>Two files are equal.</summary>
    public static void AssertSameBytes(string expected, string actual) =>
        Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)), $"{Path.GetFileName(actual)} differs from {Path.GetFileName(expected)}.");

    private static RgbImage Decode(string path) => ImageDecoder.Decode(File.ReadAllBytes(path), ImageLimits.Default);
}
