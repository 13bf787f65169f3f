using System.Diagnostics;
using System.Text.RegularExpressions;
using Gal.Tests;
using Gal.Tests.Services;

namespace Gal.Scoring.Tests;

/// <summary>ScoringService, or another of the services, with the shipped model in a process of its own.</summary>
internal sealed partial class ScoringProcess : IDisposable
{
    private readonly Process _process;

    private ScoringProcess(Process process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    /// <summary>Memory of the process that is in RAM now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<ScoringProcess> StartAsync(TemporaryFolder folder, string name, string service = "ScoringService")
    {
        var program = Path.Combine(AppContext.BaseDirectory, $"{service}.dll");
        string[] arguments = ["exec", program, "--Address", "http://127.0.0.1:0", "--ModelFolders", Repository.EmojiModel, "--StateFolder", folder.Combine(name), "--ArtifactFolder", folder.Combine("artifacts")];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync().DefaultTimeout() is { } line)
        {
            if (ListeningLine().Match(line) is { Success: true } match)
            {
                // Nobody reads on: a full pipe would stop the service.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new(process, match.Groups[1].Value);
            }
        }

        throw new InvalidOperationException("The service ended before it listened.");
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    [GeneratedRegex(@"listens on (http://\S+)\.")]
    private static partial Regex ListeningLine();
}
