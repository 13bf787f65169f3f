using System.Diagnostics;
using Gal.EndToEnd.Processes;

namespace Gal.EndToEnd.Kill;

/// <summary>The promise of the record: killed at any moment and started again, a run ends as an undisturbed one does.</summary>
public class KillTests(ITestOutputHelper output)
{
    // The points are random but the same each time this test is run; change the seed to try others.
    private const int Seed = 20261127;
    private const int KillCount = 20;
    private const int KillsPerRun = 5;

    // What is done is kept, so that the kills of one run fall into one part of it after the other.
    private const double LongestShare = 0.35;

    // Long enough that most reach a save.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(0.8);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Two rounds, each with training, evaluation, sampling, scoring and selection; a state is saved after every step.
    private static readonly string RunFile = $"""
        name: killed
        seed: 3
        subject:
          mode: style
          subject_text: in watercolor painting style
          references:
            - image: {Tests.Repository.Sample("style-watercolor", "reference-1.png")}
              prompt: a cat in watercolor painting style
          non_soi_texts:
            - a cat in watercolor painting style
          anchors:
            - a drum in watercolor painting style
            - a koala in watercolor painting style
        active_learning:
          strategy: random
          max_round_count: 2
          images_per_anchor: 2
          anchors_per_round: 1
        training:
          step_count: 4
          learning_rate: 2e-4
          state_save_interval_step_count: 1
        sampling:
          inference_step_count: 3
          guidance_scale: 4
          batch_size: 2
        evaluation:
          images_per_prompt: 2
          prompts:
            - a train in watercolor painting style
        """;

    [Fact]
    public async Task KillNine_AtTwentyRandomPoints_EndsWithTheSameRecord()
    {
        using var undisturbed = new RunFolder(RunFile);
        var duration = await FinishAsync(undisturbed);
        output.WriteLine($"Undisturbed: {duration.TotalSeconds:F1} s of work, digest {undisturbed.Digest}. Seed {Seed}.");

        var (random, killed) = (new Random(Seed), 0);
        while (killed < KillCount)
        {
            using var folder = new RunFolder(RunFile);
            var ended = false;
            for (var kills = 0; kills < KillsPerRun && killed < KillCount && !ended; kills++)
            {
                var delay = duration * random.NextDouble() * LongestShare;
                ended = !await KillAfterAsync(folder, delay);
                if (!ended)
                {
                    output.WriteLine($"Kill {++killed}: {delay.TotalSeconds:F2} s after the first event.");
                }
            }

            if (!ended)
            {
                await FinishAsync(folder);
            }

            Assert.Equal(undisturbed.Digest, folder.Digest);
        }
    }

    // Fifty kills in all, two to three minutes each: EndToEnd --explicit only --filter-method "*WhileStatesAreSaved*" --show-live-output on.
    [Fact(Explicit = true)]
    public Task KillNine_WhileStatesAreSaved_EndsWithTheSameRecord() => KillWhileSavingAsync(Seed);

    [Fact(Explicit = true)]
    public Task KillNine_WhileStatesAreSavedAtOtherPoints_EndsWithTheSameRecord() => KillWhileSavingAsync(Seed + 1);

    private async Task KillWhileSavingAsync(int seed)
    {
        const int count = 25;
        var training = RunFile.Replace("step_count: 4", "step_count: 40", StringComparison.Ordinal).Replace("max_round_count: 2", "max_round_count: 1", StringComparison.Ordinal);
        using var undisturbed = new RunFolder(training);
        await FinishAsync(undisturbed);
        var (random, killed, inSave) = (new Random(seed), 0, 0);
        while (killed < count)
        {
            using var folder = new RunFolder(training);
            var ended = false;
            while (killed < count && !ended)
            {
                ended = !await KillAfterAsync(folder, LongestWait * random.NextDouble());
                (killed, inSave) = ended ? (killed, inSave) : (killed + 1, inSave + (folder.HasHalfWritten ? 1 : 0));
            }

            if (!ended)
            {
                await FinishAsync(folder);
            }

            Assert.Equal(undisturbed.Digest, folder.Digest);
        }

        output.WriteLine($"{inSave} of {count} kills left a file half written.");
        Assert.True(inSave > 0);
    }

    private static async Task<bool> KillAfterAsync(RunFolder folder, TimeSpan delay)
    {
        using var gal = Start(folder);
        await gal.WaitForWorkAsync(Patience);
        await Task.Delay(delay);
        return await gal.KillAsync();
    }

    private static async Task<TimeSpan> FinishAsync(RunFolder folder)
    {
        using var gal = Start(folder);
        await gal.WaitForWorkAsync(Patience);
        var started = Stopwatch.GetTimestamp();
        var exitCode = await gal.WaitForExitAsync(Patience);
        Assert.True(exitCode == 0, gal.Output);
        return Stopwatch.GetElapsedTime(started);
    }

    private static GalProcess Start(RunFolder folder)
    {
        if (folder.HasRun)
        {
            return GalProcess.Start("resume", folder.Out, "--json");
        }

        folder.Clear();
        return GalProcess.Start("run", folder.File, "--out", folder.Out, "--json");
    }
}
