namespace Gal.Cli.Services;

/// <summary>Which services to start.</summary>
[Flags]
internal enum ServiceKinds
{
    /// <summary>Samples images.</summary>
    Generation = 1,

    /// <summary>Trains.</summary>
    Training = 2,

    /// <summary>Compares images and texts.</summary>
    Scoring = 4,

    /// <summary>Drives runs; needs the three others.</summary>
    Coordinator = 8,

    /// <summary>All four.</summary>
    All = Generation | Training | Scoring | Coordinator,
}
