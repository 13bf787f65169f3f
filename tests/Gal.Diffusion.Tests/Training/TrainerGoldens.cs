using System.Text.Json;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Training;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Training;

/// <summary>golden/trainers: six given batches on sd-mini, with the reference's losses and gradient norms.</summary>
internal sealed class TrainerGoldens : IDisposable
{
    private readonly SafetensorsFile _inputs = SafetensorsFile.Open(Repository.Golden("trainers", "inputs.safetensors"));
    private readonly JsonElement _root = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("trainers", "trainers.json"))).RootElement;

    public static ModelFolder Model { get; } = ModelFolder.Open(Repository.Golden("sd-mini"));

    public static NoiseSchedule Schedule { get; } = new(SchedulerConfig.Load(Model.SchedulerConfigPath));

    public JsonElement Variant(string name) => _root.GetProperty(name);

    /// <summary>A specification with the variant's learning rate; the batches are given, so it has no samples.</summary>
    public TrainingSpec Spec(string variant) => new(Model.Path, []) { LearningRate = Variant(variant).GetProperty("lr").GetDouble() };

    /// <summary>The batch of a step, in the caller's scope.</summary>
    public TrainingBatch Batch(int step, bool withPrior = false)
    {
        var weight = _root.GetProperty("weights")[step].GetSingle();
        var names = withPrior ? new[] { string.Empty, "class_" } : [string.Empty];
        return new TrainingBatch(
            cat([.. names.Select(name => Row($"{name}latents", step))]),
            cat([.. names.Select(name => Row($"{name}noise", step))]),
            [.. names.Select(name => Row($"{name}timesteps", step).item<long>())],
            [.. names.Select(name => new CachedPrompt(empty(0), _inputs.Tensors[$"{name}hidden"].Read()))],
            [.. names.Select(_ => weight)],
            1);
    }

    /// <summary>Runs the variant's steps and compares losses and norms, 2e-5 relative.</summary>
    public void AssertSteps(string variant, NoisePredictionTrainer trainer, bool withPrior = false)
    {
        var expected = Variant(variant).GetProperty("steps");
        for (var i = 0; i < expected.GetArrayLength(); i++)
        {
            using var scope = NewDisposeScope();
            var step = trainer.Step([Batch(i, withPrior)]);
            Near(expected[i], "instanceLoss", step.InstanceLoss, i);
            Near(expected[i], "classLoss", step.ClassLoss, i);
            Near(expected[i], "gradNorm", step.GradientNorm, i);
        }
    }

    public void Dispose() => _inputs.Dispose();

    private static void Near(JsonElement expected, string name, double actual, int step)
    {
        if (expected.TryGetProperty(name, out var value))
        {
            Assert.True(Math.Abs(actual - value.GetDouble()) <= 2e-5 * value.GetDouble(), $"Step {step + 1}: {name} {actual:G9}, expected {value.GetDouble():G9}.");
        }
    }

    private Tensor Row(string name, int step) => _inputs.Tensors[name].Read().narrow(0, step, 1);
}
