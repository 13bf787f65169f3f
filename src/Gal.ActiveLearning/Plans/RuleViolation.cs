namespace Gal.ActiveLearning.Plans;

/// <summary>A setting that cannot be used.</summary>
/// <param name="Field">Its path, as the contract's RunSettings names it: "active_learning.anchors_per_round".</param>
/// <param name="Value">What was given.</param>
/// <param name="Rule">What it must be, and where that helps what to do: "must be at most 18, the number of anchors".</param>
public sealed record RuleViolation(string Field, string Value, string Rule)
{
    /// <summary>"active_learning.anchors_per_round is 20; it must be at most 18, the number of anchors."</summary>
    public override string ToString() => $"{Field} is {Value}; it {Rule}.";
}
