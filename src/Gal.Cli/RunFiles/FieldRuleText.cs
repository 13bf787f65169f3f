using System.Text.RegularExpressions;
using Buf.Validate;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace Gal.Cli.RunFiles;

/// <summary>Reads the contract's rules, so that a run file is held to the same limits as a request, with messages that name its keys.</summary>
internal static class FieldRuleText
{
    // The contract's pattern of names.
    private const string OneLine = @"^[^\x00-\x1f\x7f]*$";

    /// <summary>What is wrong with a value of a field, as "it must lie in (0, 1)", or null if it keeps the rules.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">A string, bool, int, long, double or a list's length (for a repeated field).</param>
    public static string? Violation(FieldDescriptor field, object value)
    {
        var rules = field.GetOptions()?.GetExtension(ValidateExtensions.Field);
        if (rules is null)
        {
            return null;
        }
        return (rules.TypeCase, value) switch
        {
            (FieldRules.TypeOneofCase.Repeated, int count) => Outside(count, Range.Of(rules.Repeated)) is { } range ? $"it needs {range.Counted("entry", "entries")}" : null,
            (FieldRules.TypeOneofCase.Int32, int number) => Outside(number, Range.Of(rules.Int32)) is { } range ? $"it must lie in {range}" : null,
            (FieldRules.TypeOneofCase.Int64, long number) => Outside(number, Range.Of(rules.Int64)) is { } range ? $"it must lie in {range}" : null,
            (FieldRules.TypeOneofCase.Double, double number) => Outside(number, Range.Of(rules.Double)) is { } range ? $"it must lie in {range}" : null,
            (FieldRules.TypeOneofCase.String, string text) => OfText(rules.String, text),
            _ => null,
        };
    }

    /// <summary>What is wrong with one text in a list of texts, or null.</summary>
    public static string? ItemViolation(FieldDescriptor field, string text) =>
        field.GetOptions()?.GetExtension(ValidateExtensions.Field)?.Repeated?.Items?.String is { } rules ? OfText(rules, text) : null;

    /// <summary>Whether a message needs this field.</summary>
    public static bool IsRequired(FieldDescriptor field) =>
        field.GetOptions()?.GetExtension(Google.Api.FieldBehaviorExtensions.FieldBehavior) is RepeatedField<Google.Api.FieldBehavior> behaviors
        && behaviors.Contains(Google.Api.FieldBehavior.Required);

    private static string? OfText(StringRules rules, string text) => text switch
    {
        _ when rules.HasMinLen && (ulong)text.Length < rules.MinLen => "it must not be empty",
        _ when rules.HasMaxLen && (ulong)text.Length > rules.MaxLen => $"it has {text.Length:N0} characters and may have at most {rules.MaxLen:N0}",
        _ when rules is { HasPattern: true, Pattern: OneLine } && !Regex.IsMatch(text, OneLine) => "it must be one line without control characters",
        _ when rules.HasPattern && !Regex.IsMatch(text, rules.Pattern) => $"it must match {rules.Pattern}",
        _ => null,
    };

    private static Range? Outside(double value, Range range) => range.Contains(value) ? null : range;

    private readonly record struct Range(double Lower, bool LowerOpen, double Upper, bool UpperOpen)
    {
        public static Range Of(RepeatedRules r) => new(r.MinItems, false, r.HasMaxItems ? r.MaxItems : double.PositiveInfinity, false);

        public static Range Of(Int32Rules r) => new(
            r.HasGt ? r.Gt : r.HasGte ? r.Gte : int.MinValue, r.HasGt, r.HasLt ? r.Lt : r.HasLte ? r.Lte : int.MaxValue, r.HasLt);

        public static Range Of(Int64Rules r) => new(
            r.HasGt ? r.Gt : r.HasGte ? r.Gte : long.MinValue, r.HasGt, r.HasLt ? r.Lt : r.HasLte ? r.Lte : long.MaxValue, r.HasLt);

        public static Range Of(DoubleRules r) => new(
            r.HasGt ? r.Gt : r.HasGte ? r.Gte : double.MinValue, r.HasGt, r.HasLt ? r.Lt : r.HasLte ? r.Lte : double.MaxValue, r.HasLt);

        // Written so that NaN is outside.
        public bool Contains(double value) => (LowerOpen ? value > Lower : value >= Lower) && (UpperOpen ? value < Upper : value <= Upper);

        public string Counted(string one, string many) => double.IsInfinity(Upper)
            ? $"at least {Lower:N0} {(Lower == 1 ? one : many)}"
            : $"{Lower:N0} to {Upper:N0} {many}";

        public override string ToString() => $"{(LowerOpen ? '(' : '[')}{Number(Lower)}, {Number(Upper)}{(UpperOpen ? ')' : ']')}";

        private static string Number(double value) => double.IsInfinity(value) || Math.Abs(value) == double.MaxValue ? (value < 0 ? "-∞" : "∞") : value.ToString("#,##0.######");
    }
}
