using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Gal.V1;
using Google.Protobuf.Reflection;

namespace Gal.Cli.Commands;

/// <summary>A row of the comparison: how images are chosen, and whether they are balanced.</summary>
/// <param name="Label">As the user writes it: "uncertainty+balance".</param>
/// <param name="Strategy">How images are chosen.</param>
/// <param name="Balance">Whether selected images get their round's openness as weight.</param>
internal sealed record StrategyChoice(string Label, Strategy Strategy, bool Balance)
{
    private const string BalanceSuffix = "+balance";
    private static readonly FieldDescriptor Field = ActiveLearningSettings.Descriptor.FindFieldByName("strategy");

    /// <summary>Reads "a,b+balance,c".</summary>
    /// <exception cref="CliException">A word is none, or one stands twice.</exception>
    public static IReadOnlyList<StrategyChoice> ParseAll(string text)
    {
        var choices = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).ToArray();
        return choices.GroupBy(choice => choice.Label).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw CliException.BadInput($"--strategies names {twice.Key} twice.")
            : choices.Length == 0 ? throw CliException.BadInput("--strategies is empty; name at least one.") : choices;
    }

    /// <summary>The settings of a run of this row.</summary>
    public RunSettings Apply(RunSettings settings, long seed)
    {
        var changed = settings.Clone();
        changed.Seed = seed;
        changed.DisplayName = $"{settings.DisplayName} {Label} seed {seed}".Trim();
        changed.ActiveLearning ??= new ActiveLearningSettings();
        (changed.ActiveLearning.Strategy, changed.ActiveLearning.Balance) = (Strategy, Balance);
        return changed;
    }

    private static StrategyChoice Parse(string label)
    {
        var balance = label.EndsWith(BalanceSuffix, StringComparison.Ordinal);
        var name = balance ? label[..^BalanceSuffix.Length] : label;
        var (value, wanted) = ScalarText.Read(name, Field);
        return value is int number
            ? new StrategyChoice(label, (Strategy)number, balance)
            : throw CliException.BadInput($"--strategies: '{label}' is no strategy; it must be {wanted}, each with or without {BalanceSuffix}.");
    }
}
