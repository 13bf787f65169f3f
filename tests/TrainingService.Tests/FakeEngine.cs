using System.Text.Json;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training.Memory;
using Gal.Imaging;
using Gal.ModelServing.Work;
using Gal.Training.Memory;
using Gal.Training.Sessions;
using Gal.V1;

namespace Gal.Training.Tests;

/// <summary>Trains a number: each step mixes the step's own number into a hash, so that the end depends on every step. Can be stopped or made to fail at a step.</summary>
internal sealed class FakeEngine : ITrainingEngine
{
    /// <summary>Called before each step with its number.</summary>
    public Func<int, CancellationToken, Task> BeforeStep { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Called before a state is written to a path.</summary>
    public Action<string> BeforeSave { get; init; } = _ => { };

    public List<int> Steps { get; } = [];

    public int OpenSessionCount { get; private set; }

    public TrainingPlan? Plan { get; private set; }

    public Task<string> FindCutTextAsync(string modelFolder, string text, CancellationToken cancellationToken) => Task.FromResult(text.Contains("very long", StringComparison.Ordinal) ? "the end" : "");

    public Task<bool> IsOneTokenAsync(string modelFolder, string word, CancellationToken cancellationToken) => Task.FromResult(!word.Contains(' ', StringComparison.Ordinal));

    public string? FindSlowness(ComputeDtype dtype) => dtype == ComputeDtype.BFloat16 ? "It is slow." : null;

    public Task<int> GetSizeFactorAsync(string modelFolder, CancellationToken cancellationToken) => Task.FromResult(8);

    public long AvailableMemory => long.MaxValue;

    // 400 MB with checkpointing, 500 MB in bfloat16, 900 MB otherwise, however large the batch; 1,200 MB for a preview.
    public TrainingMemory EstimateMemory(string modelFolder, MethodPlan method, MemorySettings settings) =>
        new(0, 0, 0, settings.Options.GradientCheckpointing ? 400_000_000 : settings.Options.Dtype == ComputeDtype.BFloat16 ? 500_000_000 : 900_000_000, 0, settings.Preview is null ? 0 : 1_200_000_000);

    public Task<ITrainingSession> OpenAsync(TrainingPlan plan, WorkClock clock, CancellationToken cancellationToken)
    {
        Plan = plan;
        OpenSessionCount++;
        return Task.FromResult<ITrainingSession>(new Session(this, plan, clock));
    }

    private sealed record State(int Step, ulong Hash);

    private sealed class Session(FakeEngine engine, TrainingPlan plan, WorkClock clock) : ITrainingSession
    {
        private State _state = new(0, (ulong)plan.Seed);

        public async Task<StepResult> StepAsync(CancellationToken cancellationToken)
        {
            var step = _state.Step + 1;
            await engine.BeforeStep(step, cancellationToken);
            engine.Steps.Add(step);
            _state = new(step, (_state.Hash ^ (ulong)step) * 1099511628211);
            clock.Add(WorkKind.Training, TimeSpan.FromMilliseconds(10), 1);
            return new(step, _state.Hash % 1000 / 1000.0, _state.Hash % 997 / 997.0, 1, plan.LearningRate, [(step - 1) % plan.Samples.Count]);
        }

        public Task SaveStateAsync(string path, CancellationToken cancellationToken)
        {
            engine.BeforeSave(path);
            return File.WriteAllTextAsync(path, JsonSerializer.Serialize(_state), cancellationToken);
        }

        public async Task LoadStateAsync(string path, CancellationToken cancellationToken) => _state = JsonSerializer.Deserialize<State>(await File.ReadAllTextAsync(path, cancellationToken))!;

        // One grey a prompt and step.
        public Task<IReadOnlyList<RgbImage>> SamplePreviewAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RgbImage>>([.. plan.Preview!.Prompts.Select((_, i) => new RgbImage(16, 16, [.. Enumerable.Repeat((byte)(_state.Step + i), 16 * 16 * 3)]))]);

        public Task SaveWeightsAsync(string path, CancellationToken cancellationToken) => File.WriteAllTextAsync(path, JsonSerializer.Serialize(_state), cancellationToken);

        public ValueTask DisposeAsync()
        {
            engine.OpenSessionCount--;
            return ValueTask.CompletedTask;
        }
    }
}
