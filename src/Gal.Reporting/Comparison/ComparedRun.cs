using Gal.V1;

namespace Gal.Reporting.Comparison;

/// <summary>One finished run of a comparison.</summary>
/// <param name="Label">Its row: "Uncertainty + Balance". Runs with the same label differ in their seeds alone.</param>
/// <param name="Run">The run; its last measured round counts.</param>
public sealed record ComparedRun(string Label, Run Run)
{
    /// <summary>A run in the row that its own strategy has in Table 1.</summary>
    public static ComparedRun Of(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new ComparedRun(Words.Strategy(run.Settings.ActiveLearning), run);
    }
}
