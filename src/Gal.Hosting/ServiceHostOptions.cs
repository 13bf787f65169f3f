using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace Gal.Hosting;

/// <summary>Settings that every service has. Checked when the service is built.</summary>
public class ServiceHostOptions
{
    /// <summary>Where to listen: "http://127.0.0.1:5101" (port 0 takes a free one) or "unix:/run/gal/generation.sock".</summary>
    [Required]
    [Description("where to listen: http://127.0.0.1:PORT (0 takes a free port) or unix:/path")]
    public string Address { get; set; } = "";

    /// <summary>Where jobs are kept. Default: the service's own folder under "gal-data" in the working folder.</summary>
    [Required]
    [Description("folder of the jobs, which survive a restart")]
    public string StateFolder { get; set; } = "";

    /// <summary>Where pictures and checkpoints are kept, by content hash. Services that share it pass them by name. Default: "gal-data/artifacts" in the working folder.</summary>
    [Required]
    [Description("folder of pictures and checkpoints, by content hash")]
    public string ArtifactFolder { get; set; } = Path.Combine("gal-data", "artifacts");

    /// <summary>Bytes that one message may have. Default 64 MiB.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    [Description("bytes that one message may have")]
    public int MessageSizeBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Pixels that one picture may have, width times height. Default 50 million.</summary>
    [Range(1, 1_000_000_000)]
    [Description("pixels that one picture may have")]
    public int ImagePixelCount { get; set; } = 50_000_000;

    /// <summary>Requests that may wait for the device; the next is refused with RESOURCE_EXHAUSTED. Default 64.</summary>
    [Range(1, 10_000)]
    [Description("requests that may wait for the device")]
    public int QueueCapacity { get; set; } = 64;

    /// <summary>Seconds of silence after which a watcher hears the latest progress again, and a connection is pinged. Default 20.</summary>
    [Range(1, 3600)]
    [Description("seconds of silence before a heartbeat")]
    public int HeartbeatSeconds { get; set; } = 20;

    /// <summary>Whether Ctrl-C and SIGTERM stop the service. False in a program that hosts several and stops them itself. Default true.</summary>
    public bool StopsOnSignals { get; set; } = true;

    /// <summary>Sets up logging; one line a message on the console if null.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; set; }

    /// <summary>Folders whose paths are kept out of answers, with the words that stand in their place.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> HiddenPaths =>
        [new(Path.GetFullPath(StateFolder), "the state folder"), new(Path.GetFullPath(ArtifactFolder), "the artifact folder")];

    /// <summary>Checks all settings.</summary>
    /// <exception cref="ServiceOptionsException">Names each setting that is wrong, its value and what is allowed.</exception>
    public void Validate()
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true);
        var problems = results.Select(r => r.ErrorMessage!).Concat(FindProblems()).ToList();
        if (problems.Count > 0)
        {
            throw new ServiceOptionsException(problems);
        }
    }

    /// <summary>What is wrong beyond the attributes, each as a sentence.</summary>
    protected virtual IEnumerable<string> FindProblems()
    {
        if (Address.Length > 0 && ServiceAddress.FindProblem(Address) is { } problem)
        {
            yield return problem;
        }
    }
}
