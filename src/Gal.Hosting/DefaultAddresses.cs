namespace Gal.Hosting;

/// <summary>Where each service listens unless it is told otherwise.</summary>
public static class DefaultAddresses
{
    /// <summary>The coordinator's.</summary>
    public const string Coordinator = "http://127.0.0.1:5100";

    /// <summary>GenerationService's.</summary>
    public const string Generation = "http://127.0.0.1:5101";

    /// <summary>TrainingService's.</summary>
    public const string Training = "http://127.0.0.1:5102";

    /// <summary>ScoringService's.</summary>
    public const string Scoring = "http://127.0.0.1:5103";
}
