using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Gal.Hosting;

namespace Gal.Coordination;

/// <summary>Settings of the coordinator.</summary>
public sealed class CoordinatorOptions : ServiceHostOptions
{
    /// <summary>Sets the coordinator's own defaults.</summary>
    public CoordinatorOptions()
    {
        Address = DefaultAddresses.Coordinator;
        StateFolder = Path.Combine("gal-data", "coordinator");
    }

    /// <summary>Where the generation service answers.</summary>
    [Required]
    [Description("where the generation service answers")]
    public string GenerationAddress { get; set; } = DefaultAddresses.Generation;

    /// <summary>Where the training service answers.</summary>
    [Required]
    [Description("where the training service answers")]
    public string TrainingAddress { get; set; } = DefaultAddresses.Training;

    /// <summary>Where the scoring service answers.</summary>
    [Required]
    [Description("where the scoring service answers")]
    public string ScoringAddress { get; set; } = DefaultAddresses.Scoring;

    /// <summary>Whether unfinished runs go on when the coordinator starts. If false, only runs that are created or resumed work. Default true.</summary>
    [Description("whether unfinished runs go on at the start")]
    public bool ResumeOnStart { get; set; } = true;

    /// <summary>Seconds that a service may be silent before a run that needs it fails. The run can be resumed. Default 60.</summary>
    [Range(0, 86_400)]
    [Description("seconds that a service may be silent before a run fails")]
    public double UnavailableSeconds { get; set; } = 60;

    /// <summary>Runs that work at the same time; further ones wait. They share the services' devices, so more than one is rarely faster. Default 1.</summary>
    [Range(1, 1000)]
    [Description("runs that work at the same time")]
    public int ConcurrentRunCount { get; set; } = 1;
}
