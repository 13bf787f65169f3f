using System.Globalization;
using Google.Protobuf.Reflection;

namespace Gal.Cli.RunFiles;

/// <summary>Reads the text of one value as the type that a field has.</summary>
internal static class ScalarText
{
    /// <summary>The value, or null with what it should have been ("a whole number").</summary>
    public static (object? Value, string Wanted) Read(string text, FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => (text, ""),
        FieldType.Bool => (text is "true" or "yes" or "on" ? true : text is "false" or "no" or "off" ? false : null, "true or false"),
        FieldType.Int32 => (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null, "a whole number"),
        FieldType.Int64 => (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null, "a whole number"),
        FieldType.Double => (Number(text), "a number"),
        FieldType.Enum => (Member(text, field.EnumType), "one of " + string.Join(", ", Members(field.EnumType))),
        _ => throw new NotSupportedException($"{field.FullName} has the type {field.FieldType}, which a run file cannot hold."),
    };

    /// <summary>The words for an enum's values: <c>clip_feedback</c> for STRATEGY_CLIP_FEEDBACK.</summary>
    public static IEnumerable<string> Members(EnumDescriptor type) => type.Values.Where(value => value.Number != 0).Select(value => Word(value, type));

    // YAML writes .nan and .inf; they are read so that the range check can name them.
    private static double? Number(string text) => text.ToLowerInvariant() switch
    {
        ".nan" or "nan" => double.NaN,
        ".inf" or "inf" or "+.inf" => double.PositiveInfinity,
        "-.inf" or "-inf" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    // Separators and case do not count: DPM-Solver++ 2M is dpm_solver_pp_2m, and f32 is float32.
    private static int? Member(string text, EnumDescriptor type)
    {
        var wanted = Plain(text) switch { "f32" or "fp32" => "float32", "bf16" => "bfloat16", "f16" or "fp16" => "float16", var plain => plain };
        return type.Values.FirstOrDefault(value => value.Number != 0 && Plain(Word(value, type)) == wanted)?.Number;
    }

    private static string Plain(string text) => new([.. text.Replace('+', 'p').ToLowerInvariant().Where(char.IsLetterOrDigit)]);

    // The values' common prefix is the enum's own name in capitals.
    private static string Word(EnumValueDescriptor value, EnumDescriptor type)
    {
        var prefix = string.Concat(type.Name.Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : c.ToString())).ToUpperInvariant() + "_";
        return value.Name[prefix.Length..].ToLowerInvariant();
    }
}
