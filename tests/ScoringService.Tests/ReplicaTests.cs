using Gal.Hosting.Clients;
using Gal.Tests.Services;
using Gal.V1;

namespace Gal.Scoring.Tests;

/// <summary>Two services as processes of their own, behind the client's load balancing.</summary>
public sealed class ReplicaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EvaluateDirections_OneOfTwoReplicasKilledUnderLoad_NoCallFailsAndNoScoreIsWrong()
    {
        using var first = await StartAsync("first");
        using var second = await StartAsync("second");
        using var connection = ServiceChannel.Open($"{first.Address},{second.Address}", "scoring");
        var client = new ScoringService.ScoringServiceClient(connection.Invoker);
        var expected = await client.EvaluateDirectionsAsync(Request()).ResponseAsync.DefaultTimeout();

        var calls = new List<Task<EvaluateDirectionsResponse>>();
        for (var i = 0; i < 60; i++)
        {
            calls.Add(client.EvaluateDirectionsAsync(Request()).ResponseAsync);
            if (i == 20)
            {
                first.Kill();
            }
        }

        var responses = await Task.WhenAll(calls).DefaultTimeout();

        Assert.All(responses, r => Assert.Equal(expected.Directions, r.Directions));
    }

    private static EvaluateDirectionsRequest Request()
    {
        var rows = Enumerable.Range(0, 10).Select(i => Enumerable.Range(0, 128).Select(j => MathF.Sin(i + (j * 0.1f))).ToArray()).ToArray();
        return new()
        {
            Directions = { new DirectionImages { Prompt = "a cat in park", Images = new() { Embeddings = Host.Rows(rows) } } },
            NonSoiTexts = { "a cat", "a dog" },
        };
    }

    private Task<ServiceProcess> StartAsync(string name) => ServiceProcess.StartAsync("ScoringService", _folder, name);
}
