using Gal.Tests;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.EndToEnd.Replicas;

/// <summary>A short run over services of which one may be killed.</summary>
internal static class ReplicatedRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs to the end.</summary>
    /// <param name="client">The coordinator.</param>
    /// <param name="seen">Called with each event.</param>
    public static async Task<Run> RunAsync(CoordinatorService.CoordinatorServiceClient client, Func<RunEvent, Task> seen)
    {
        var name = (await client.CreateRunAsync(new() { Settings = Settings() })).Name;
        using var call = client.WatchRun(new() { Name = name }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Patience);
        RunEvent? last = null;
        try
        {
            await foreach (var item in call.ResponseStream.ReadAllAsync())
            {
                last = item;
                await seen(item);
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            Assert.Fail($"The run did not end within {Patience.TotalMinutes} minutes. Its last event: {last}");
        }

        return await client.GetRunAsync(new() { Name = name });
    }

    /// <summary>Both have succeeded with the same scores, choices and images.</summary>
    public static void AssertSame(Run expected, Run actual)
    {
        Assert.Equal((JobState.Succeeded, JobState.Succeeded), (expected.State, actual.State));
        Assert.Equal(expected.Rounds.Count, actual.Rounds.Count);
        foreach (var (before, after) in expected.Rounds.Zip(actual.Rounds))
        {
            Assert.Equal(before.Anchors, after.Anchors);
            Assert.Equal(before.Selections, after.Selections);
            Assert.Equal(before.Evaluation.Images, after.Evaluation.Images);
        }
    }

    private static RunSettings Settings() => new()
    {
        Subject = new()
        {
            Mode = SubjectMode.Style,
            SubjectText = "in watercolor painting style",
            References = { new Reference { Image = new() { Data = ByteString.CopyFrom(File.ReadAllBytes(Repository.Sample("style-watercolor", "reference-1.png"))) }, Prompt = "a cat in watercolor painting style" } },
            NonSoiTexts = { "a cat in watercolor painting style" },
            Anchors = { "a drum in watercolor painting style", "a koala in watercolor painting style", "a castle in watercolor painting style" },
        },
        ActiveLearning = new() { Strategy = Strategy.Random, MaxRoundCount = 2, ImagesPerAnchor = 4, AnchorsPerRound = 1 },
        Training = new() { StepCount = 2, LearningRate = 2e-4 },
        Sampling = new() { InferenceStepCount = 4, GuidanceScale = 4 },
        Evaluation = new() { ImagesPerPrompt = 2, Prompts = { "a train in watercolor painting style" } },
        Seed = 3,
    };
}
