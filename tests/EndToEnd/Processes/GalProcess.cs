using System.Diagnostics;
using System.Text;
using Gal.Tests.Services;

namespace Gal.EndToEnd.Processes;

/// <summary>The program <c>gal</c> as users start it, in a process of its own.</summary>
internal sealed class GalProcess : IDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly TemporaryFolder _temporary = new();
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GalProcess(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Tests.Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };

        // Other tests run beside this one: idle OpenMP threads must sleep, not spin.
        start.Environment["OMP_WAIT_POLICY"] = "passive";

        // Killed, it leaves its sockets behind.
        start.Environment["TMPDIR"] = _temporary.Path;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Receive(line.Data, isEvent: true);
        _process.ErrorDataReceived += (_, line) => Receive(line.Data, isEvent: false);
    }

    /// <summary>Everything written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts <c>gal</c>.</summary>
    public static GalProcess Start(params string[] arguments) => StartProgram(Path.Combine(AppContext.BaseDirectory, "gal"), arguments);

    /// <summary>Starts the <c>gal</c> of another folder.</summary>
    public static GalProcess StartFrom(string folder, params string[] arguments) => StartProgram("dotnet", ["exec", Path.Combine(folder, "gal.dll"), .. arguments]);

    /// <summary>Waits for the first event of the run, or the end of the process, or the time to pass.</summary>
    public Task WaitForWorkAsync(TimeSpan timeout) => Task.WhenAny(_firstLine.Task, _process.WaitForExitAsync(), Task.Delay(timeout));

    /// <summary>Ends the process at once, as <c>kill -9</c> does.</summary>
    /// <returns>False if it had ended by itself.</returns>
    public async Task<bool> KillAsync()
    {
        var wasAlive = !_process.HasExited;
        _process.Kill();
        await _process.WaitForExitAsync().DefaultTimeout();
        return wasAlive;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(timeout);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"gal did not end within {timeout.TotalMinutes} minutes. It wrote: {Output}");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // It may write for a moment more, into a folder that its test is about to remove.
            _process.Kill();
            _process.WaitForExit(EndPatience);
        }

        _process.Dispose();
        _temporary.Dispose();
    }

    private static GalProcess StartProgram(string program, string[] arguments)
    {
        var gal = new GalProcess(program, arguments);
        gal._process.Start();
        gal._process.BeginOutputReadLine();
        gal._process.BeginErrorReadLine();
        return gal;
    }

    private void Receive(string? line, bool isEvent)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (isEvent)
        {
            _firstLine.TrySetResult();
        }
    }
}
