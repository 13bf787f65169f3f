using Gal.Hosting.Clients;
using Gal.Tests.Services;
using Gal.V1;
using Grpc.Core;
using Grpc.Health.V1;

namespace Gal.Hosting.Tests.Clients;

public sealed class ServiceChannelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("unix:/nowhere/at/all.sock")]
    public async Task Call_ServiceThatIsNotThere_SaysWhichAddressAndWhatToStart(string address)
    {
        using var connection = ServiceChannel.Open(address, "scoring");

        var error = await CallErrors.OfAsync(() => new Health.HealthClient(connection.Invoker).CheckAsync(new()).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal($"No scoring service answers at {address}. Start it with \"gal serve scoring\", or correct the address.", error.Status.Detail);
    }

    [Fact]
    public async Task Call_TwoReplicasOneOfThemGone_IsAnsweredByTheOther()
    {
        await using var there = await BareService.StartAsync(_folder, change: o => o.Address = "http://127.0.0.1:0");
        using var connection = ServiceChannel.Open($"http://127.0.0.1:1,{there.Address}", "scoring");

        for (var i = 0; i < 10; i++)
        {
            await new Health.HealthClient(connection.Invoker).CheckAsync(new()).ResponseAsync.DefaultTimeout();
        }
    }

    [Fact]
    public async Task Call_WithStickyKey_StaysWithOneReplicaUntilThatIsGone()
    {
        CapturedLog[] logs = [new(), new()];
        RunningService[] replicas = [await StartAsync(logs[0]), await StartAsync(logs[1])];
        try
        {
            using var connection = ServiceChannel.Open(string.Join(',', replicas.Select(r => r.Address)), "generation");
            var client = new ArtifactService.ArtifactServiceClient(connection.Invoker);

            // Both must be connected, or all calls go to the one that is.
            await Timeouts.UntilAsync(async () =>
            {
                await AskAsync(client, new CallOptions());
                return logs.All(log => Count(log) > 0);
            });

            var answers = new List<int>();
            for (var i = 0; i < 64; i++)
            {
                answers.Add(await WhoAnswersAsync(client, $"job-{i / 4}", logs));
            }

            Assert.All(answers.Chunk(4), own => Assert.Single(own.Distinct()));
            Assert.Equal(2, answers.Distinct().Count());

            await replicas[answers[0]].DisposeAsync();
            Assert.Equal(1 - answers[0], await WhoAnswersAsync(client, "job-0", logs));
        }
        finally
        {
            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }
        }
    }

    private Task<RunningService> StartAsync(CapturedLog log) => BareService.StartAsync(_folder, log, o => o.Address = "http://127.0.0.1:0");

    private static async Task<int> WhoAnswersAsync(ArtifactService.ArtifactServiceClient client, string key, CapturedLog[] logs)
    {
        var before = logs.Select(Count).ToList();
        await AskAsync(client, StickyCalls.Options(key, TestContext.Current.CancellationToken));
        return Assert.Single(Enumerable.Range(0, logs.Length), i => Count(logs[i]) > before[i]);
    }

    // Any call that the service's log tells of.
    private static async Task AskAsync(ArtifactService.ArtifactServiceClient client, CallOptions options)
    {
        using var call = client.DownloadArtifact(new() { Name = "sha256:" + new string('0', 64) }, options);
        var error = await CallErrors.OfAsync(() => call.ResponseStream.MoveNext().DefaultTimeout());
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    private static int Count(CapturedLog log) => log.Lines.Count(line => line.Message.Contains("DownloadArtifact ended", StringComparison.Ordinal));
}
