using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Gal.Tests.Services;

/// <summary>One of the services, with the shipped model, in a process of its own.</summary>
internal sealed partial class ServiceProcess : IDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ServiceProcess(Process process, string address) => (_process, Address) = (process, address);

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
    /// <param name="service">"ScoringService" or "GenerationService".</param>
    /// <param name="folder">Holds its state and its artifacts; several services share the artifacts.</param>
    /// <param name="name">Of its state's folder.</param>
    public static async Task<ServiceProcess> StartAsync(string service, TemporaryFolder folder, string name)
    {
        var program = Path.Combine(AppContext.BaseDirectory, $"{service}.dll");
        string[] arguments = ["exec", program, "--Address", "http://127.0.0.1:0", "--ModelFolders", Repository.EmojiModel, "--StateFolder", folder.Combine(name), "--ArtifactFolder", folder.Combine("artifacts")];

        // No stream is inherited: a service that outlived its test would keep the test program's output open, for which `dotnet test` waits.
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync().DefaultTimeout() is { } line)
            {
                if (ListeningLine().Match(line) is { Success: true } match)
                {
                    // Nobody reads on: a full pipe would stop the service.
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                    return new(process, match.Groups[1].Value);
                }
            }

            throw new InvalidOperationException($"{service} ended before it listened: {await errors.DefaultTimeout()}");
        }
        catch
        {
            End(process);
            process.Dispose();
            throw;
        }
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public void Kill() => End(_process);

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    // A killed process may write for a moment more, into a folder that its test is about to remove.
    private static void End(Process process)
    {
        process.Kill();
        if (!process.WaitForExit(EndPatience))
        {
            throw new TimeoutException($"Process {process.Id} was killed and did not end within {EndPatience.TotalSeconds} s.");
        }
    }

    [GeneratedRegex(@"listens on (http://\S+)\.")]
    private static partial Regex ListeningLine();
}
