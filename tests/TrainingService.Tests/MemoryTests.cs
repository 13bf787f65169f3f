using Gal.Tests.Services;
using Gal.V1;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Training.Tests;

public sealed class MemoryTests : IDisposable
{
    private const int Overhead = 24 << 20;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateTraining_MoreThanTheLimit_IsRefusedAtOnceWithNeedLimitAndRemedies()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine(), memoryLimit: 600_000_000);
        await using var _ = service;
        var request = Host.Request();
        request.Settings.BatchSize = 4;

        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.CreateTrainingAsync(request));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("MEMORY_TOO_SMALL", error.Reason());
        Assert.Contains("needs about 0.9 GB", error.Status.Detail);
        Assert.Contains("there are 0.6 GB", error.Status.Detail);
        Assert.Contains("settings.gradient_checkpointing true (0.4 GB), settings.dtype BFLOAT16 (0.5 GB).", error.Status.Detail);
        Assert.Null(error.Details().GetDetail<RetryInfo>());
        var numbers = error.Details().GetDetail<ErrorInfo>()!.Metadata;
        Assert.Equal(("600000000", (900_000_000 + Overhead).ToString()), (numbers["have_bytes"], numbers["need_bytes"]));
        Assert.Empty((await client.ListTrainingsAsync(new())).Trainings);
    }

    [Fact]
    public async Task CreateTraining_PreviewOverTheLimit_IsRefusedAndTrainsWithoutIt()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine(), memoryLimit: 1_000_000_000);
        await using var _ = service;
        var request = Host.Request();
        request.Settings.SampleImages = new() { IntervalStepCount = 1, Prompts = { "a cat" } };

        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.CreateTrainingAsync(request));

        Assert.Contains("needs about 1.2 GB of memory at its peak; there are 1.0 GB. Each of these lowers it: no settings.sample_images (0.9 GB).", error.Status.Detail);
        request.Settings.SampleImages = null;
        Assert.Equal(0, (await client.CreateTrainingAsync(request)).Memory.PreviewBytes);
    }

    [Fact]
    public async Task CreateTraining_WithinTheLimit_SaysWhatItNeeds()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine(), memoryLimit: 600_000_000);
        await using var _ = service;
        var request = Host.Request();
        request.Settings.GradientCheckpointing = true;

        var done = await Host.RunAsync(client, request);

        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal(400_000_000, done.Memory.StepBytes);
        Assert.Equal(400_000_000 + Overhead, done.Memory.PeakBytes);
    }
}
