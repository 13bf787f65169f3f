using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Generation.Tests;

public sealed class MalformedRequestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MalformedRequests_NoneIsAnInternalError()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeSampler());
        await using var _ = service;
        var job = await client.CreateGenerationAsync(new() { Settings = Host.Settings(), Images = { Host.Prompts(1) } });
        var valid = new Dictionary<string, IMessage>
        {
            ["GenerateImages"] = new GenerateImagesRequest { Settings = Host.Settings(), Images = { Host.Prompts(2) } },
            ["CreateGeneration"] = new CreateGenerationRequest { Settings = Host.Settings(), Images = { Host.Prompts(2) } },
            ["GetGeneration"] = new GetGenerationRequest { Name = job.Name },
            ["CancelGeneration"] = new CancelGenerationRequest { Name = job.Name },
            ["WatchGeneration"] = new WatchGenerationRequest { Name = job.Name, AfterSequenceNumber = 1 },
            ["ListGenerations"] = new ListGenerationsRequest { PageSize = 3 },
        };

        var outcomes = await new Fuzzer(service.Invoker, seed: 2).RunAsync(GenerationService.Descriptor, valid, 300);

        Assert.DoesNotContain(StatusCode.Internal, outcomes.Keys);
        Assert.DoesNotContain(StatusCode.Unknown, outcomes.Keys);
        Assert.Equal(job.Name, (await client.GetGenerationAsync(new() { Name = job.Name })).Name);
    }
}
