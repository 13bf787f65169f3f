using Microsoft.Extensions.Logging;

namespace Gal.Cli.Services;

/// <summary>Which services to host in this process, and with what.</summary>
internal sealed record ServiceSetOptions
{
    /// <summary>Which to start.</summary>
    public required ServiceKinds Kinds { get; init; }

    /// <summary>Where each service listens; also where the coordinator looks for those that are not started here.</summary>
    public required IReadOnlyDictionary<ServiceKinds, string> Addresses { get; init; }

    /// <summary>Where jobs and artifacts are kept.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The models to sample from and to train, the default first.</summary>
    public required IReadOnlyList<string> ModelFolders { get; init; }

    /// <summary>The model folders whose CLIP scores, the default first.</summary>
    public required IReadOnlyList<string> ScoringModelFolders { get; init; }

    /// <summary>Where models compute and pictures are scored: "auto", "cpu", "cuda" or "cuda:N".</summary>
    public string ComputeDevice { get; init; } = Diffusion.Runtime.ComputeDevice.Auto;

    /// <summary>Where the log goes; the console if null.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }

    /// <summary>Whether unfinished runs go on by themselves.</summary>
    public bool ResumesRuns { get; init; }
}
