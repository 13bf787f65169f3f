using System.Diagnostics;
using System.Text.RegularExpressions;
using Gal.Hosting.Clients;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;

namespace Gal.Scoring.Tests;

/// <summary>Two services as processes of their own, behind the client's load balancing.</summary>
public sealed partial class ReplicaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EvaluateDirections_OneOfTwoReplicasKilledUnderLoad_NoCallFailsAndNoScoreIsWrong()
    {
        using var first = Start("first");
        using var second = Start("second");
        using var connection = ServiceChannel.Open($"{await AddressAsync(first)},{await AddressAsync(second)}", "scoring");
        var client = new ScoringService.ScoringServiceClient(connection.Invoker);
        var expected = await client.EvaluateDirectionsAsync(Request());

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
        second.Kill();

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

    private Process Start(string name)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ScoringService.dll");
        string[] arguments = ["exec", program, "--Address", "http://127.0.0.1:0", "--ModelFolders", Repository.EmojiModel, "--StateFolder", _folder.Combine(name), "--ArtifactFolder", _folder.Combine("artifacts")];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
    }

    private static async Task<string> AddressAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync().DefaultTimeout() is { } line)
        {
            if (ListeningLine().Match(line) is { Success: true } match)
            {
                // Nobody reads on: a full pipe would stop the service.
                _ = process.StandardOutput.ReadToEndAsync();
                return match.Groups[1].Value;
            }
        }

        throw new InvalidOperationException("The service ended before it listened.");
    }

    [GeneratedRegex(@"listens on (http://\S+)\.")]
    private static partial Regex ListeningLine();
}
