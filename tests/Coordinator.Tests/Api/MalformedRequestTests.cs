using Gal.Coordination.Tests.Fakes;
using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Coordination.Tests.Api;

public class MalformedRequestTests
{
    [Fact]
    public async Task MalformedRequests_NoneIsAnInternalError()
    {
        await using var world = await TestWorld.StartAsync();
        var run = await world.RunAsync(Settings.Style(rounds: 1));
        var valid = new Dictionary<string, IMessage>
        {
            ["CreateRun"] = new CreateRunRequest { Settings = Settings.Object() },
            ["GetRun"] = new GetRunRequest { Name = run.Name },
            ["CancelRun"] = new CancelRunRequest { Name = run.Name },
            ["ResumeRun"] = new ResumeRunRequest { Name = run.Name },
            ["WatchRun"] = new WatchRunRequest { Name = run.Name, AfterSequenceNumber = 1 },
            ["EvaluateRun"] = new EvaluateRunRequest { Name = run.Name, RoundNumber = 1 },
            ["ListRuns"] = new ListRunsRequest { PageSize = 3 },
        };

        var outcomes = await new Fuzzer(world.Invoker, seed: 5).RunAsync(CoordinatorService.Descriptor, valid, 300);

        Assert.DoesNotContain(StatusCode.Internal, outcomes.Keys);
        Assert.DoesNotContain(StatusCode.Unknown, outcomes.Keys);
        Assert.InRange(outcomes[StatusCode.InvalidArgument], 100, 300);
        Assert.Equal(run, await world.Client.GetRunAsync(new() { Name = run.Name }));
    }
}
