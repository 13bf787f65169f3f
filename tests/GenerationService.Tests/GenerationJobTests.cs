using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;

namespace Gal.Generation.Tests;

public sealed class GenerationJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateGeneration_FiveImages_SucceedsWithAllOfThem()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;

        var created = await client.CreateGenerationAsync(Request("a", 5));
        var events = await WatchAsync(client, created.Name);
        var done = await client.GetGenerationAsync(new() { Name = created.Name });

        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal([0, 1, 2, 3, 4], done.Images.Select(i => i.Index));
        Assert.NotNull(done.EndTime);
        Assert.Equal(9, done.WorkTimes.Single(t => t.Kind == WorkKind.Denoising).UnitCount);
        Assert.Equal(5, done.WorkTimes.Single(t => t.Kind == WorkKind.Storing).UnitCount);
        var kept = events.Where(e => e.SequenceNumber > 0).ToList();
        Assert.Equal(Enumerable.Range(1, kept.Count).Select(n => (long)n), kept.Select(e => e.SequenceNumber));
        Assert.Equal([JobState.Queued, JobState.Running, JobState.Succeeded], kept.Where(e => e.State != JobState.Unspecified).Select(e => e.State));
    }

    [Fact]
    public async Task CreateGeneration_SameRequestTwice_IsOneJob()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;

        var first = await client.CreateGenerationAsync(Request("a", 1));
        var second = await client.CreateGenerationAsync(Request("a", 1));

        Assert.Equal(first.Name, second.Name);
    }

    [Fact]
    public async Task CreateGeneration_SameIdForAnotherRequest_AlreadyExists()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        await client.CreateGenerationAsync(Request("a", 1));

        var error = await CallErrors.OfAsync(() => client.CreateGenerationAsync(Request("a", 2)).ResponseAsync);

        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
        Assert.Equal("REQUEST_ID_REUSED", error.Reason());
    }

    [Fact]
    public async Task WatchGeneration_FromANumber_SendsTheRestAlone()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var created = await client.CreateGenerationAsync(Request("a", 4));
        var all = (await WatchAsync(client, created.Name)).Where(e => e.SequenceNumber > 0).ToList();

        var rest = await WatchAsync(client, created.Name, after: 3);

        Assert.Equal(all.Skip(3), rest);
    }

    [Fact]
    public async Task CancelGeneration_InMidBatch_StopsWithinOneStepAndKeepsImages()
    {
        var atStep = new SyncPoint();
        var sampler = new FakeSampler { BeforeStep = (step, cancellationToken) => step == 5 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask };
        var (service, client) = await Host.StartAsync(_folder, sampler);
        await using var _ = service;
        var created = await client.CreateGenerationAsync(Request("a", 6));
        await atStep.ReachedAsync();

        var cancelled = await client.CancelGenerationAsync(new() { Name = created.Name }).ResponseAsync.DefaultTimeout();

        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.Equal((int)StatusCode.Cancelled, cancelled.Error.Code);
        Assert.Equal([0, 1], cancelled.Images.Select(i => i.Index));
        Assert.Equal(4, sampler.StepCount);
        Assert.Equal(cancelled, await client.CancelGenerationAsync(new() { Name = created.Name }));
    }

    [Fact]
    public async Task Restart_InMidGeneration_GoesOnAtTheFirstBatchThatIsNotStored()
    {
        var atStep = new SyncPoint();
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler { BeforeStep = (step, cancellationToken) => step == 8 ? atStep.ReachAsync(cancellationToken) : Task.CompletedTask });
        var created = await client.CreateGenerationAsync(Request("a", 6));
        await atStep.ReachedAsync();
        await service.DisposeAsync();

        var second = new FakeSampler();
        (service, client) = await Host.StartAsync(_folder, second);
        await using var _ = service;
        var events = await WatchAsync(client, created.Name);
        var done = await client.GetGenerationAsync(new() { Name = created.Name });

        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal([4], second.Batches.Select(b => b.FirstIndex));
        Assert.Equal([0, 1, 2, 3, 4, 5], done.Images.Select(i => i.Index));
        Assert.Equal([0, 1, 2, 3, 4, 5], events.Where(e => e.EventCase == GenerationEvent.EventOneofCase.Image).Select(e => e.Image.Index));
        Assert.Equal(9, done.WorkTimes.Single(t => t.Kind == WorkKind.Denoising).UnitCount);
        Assert.Equal(created.Name, (await client.CreateGenerationAsync(Request("a", 6))).Name);
    }

    [Fact]
    public async Task Failure_OfTheSampler_FailsTheJobWithoutItsParticulars()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler { BeforeStep = (_, _) => throw new InvalidOperationException($"secret {_folder.Path}") });
        await using var _ = service;

        var created = await client.CreateGenerationAsync(Request("a", 1));
        await WatchAsync(client, created.Name);
        var failed = await client.GetGenerationAsync(new() { Name = created.Name });

        Assert.Equal(JobState.Failed, failed.State);
        Assert.Equal((int)StatusCode.Internal, failed.Error.Code);
        Assert.DoesNotContain("secret", failed.Error.ToString());
    }

    [Fact]
    public async Task ListGenerations_ThreeJobs_PagesNewestFirstWithoutImages()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var names = new List<string>();
        foreach (var id in new[] { "a", "b", "c" })
        {
            names.Add((await client.CreateGenerationAsync(Request(id, 1))).Name);
            await WatchAsync(client, names[^1]);
        }

        var first = await client.ListGenerationsAsync(new() { PageSize = 2 });
        var second = await client.ListGenerationsAsync(new() { PageSize = 2, PageToken = first.NextPageToken });

        Assert.Equal(names.AsEnumerable().Reverse(), first.Generations.Concat(second.Generations).Select(g => g.Name));
        Assert.Empty(second.NextPageToken);
        Assert.All(first.Generations, g => Assert.Empty(g.Images));
    }

    [Fact]
    public async Task GetGeneration_UnknownName_IsNotFound()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;

        var error = await CallErrors.OfAsync(() => client.GetGenerationAsync(new() { Name = "generations/none" }).ResponseAsync);

        Assert.Equal("There is no generations/none here.", error.Status.Detail);
    }

    private static CreateGenerationRequest Request(string id, int imageCount) => new() { RequestId = id, Settings = Host.Settings(), Images = { Host.Prompts(imageCount) } };

    private static async Task<List<GenerationEvent>> WatchAsync(GenerationService.GenerationServiceClient client, string name, long after = 0)
    {
        using var call = client.WatchGeneration(new() { Name = name, AfterSequenceNumber = after });
        return await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
    }
}
