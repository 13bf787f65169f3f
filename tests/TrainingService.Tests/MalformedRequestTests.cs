using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Training.Tests;

public sealed class MalformedRequestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MalformedRequests_NoneIsAnInternalError()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var job = await Host.RunAsync(client, Host.Request());
        var valid = new Dictionary<string, IMessage>
        {
            ["CreateTraining"] = Host.Request("b"),
            ["GetTraining"] = new GetTrainingRequest { Name = job.Name },
            ["CancelTraining"] = new CancelTrainingRequest { Name = job.Name },
            ["WatchTraining"] = new WatchTrainingRequest { Name = job.Name, AfterSequenceNumber = 1 },
            ["ListTrainings"] = new ListTrainingsRequest { PageSize = 3 },
        };

        var outcomes = await new Fuzzer(service.Invoker, seed: 3).RunAsync(TrainingService.Descriptor, valid, 300);

        Assert.DoesNotContain(StatusCode.Internal, outcomes.Keys);
        Assert.DoesNotContain(StatusCode.Unknown, outcomes.Keys);
        Assert.Equal(job, await client.GetTrainingAsync(new() { Name = job.Name }));
    }
}
