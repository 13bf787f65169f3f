using Gal.Cli.Errors;
using static TorchSharp.torch;

namespace Gal.Cli.Conversion;

/// <summary>How the types of weights are called on the command line.</summary>
internal static class WeightsTypes
{
    private static readonly (ScalarType Type, string Name, string Short)[] Names =
        [(ScalarType.Float16, "float16", "fp16"), (ScalarType.BFloat16, "bfloat16", "bf16"), (ScalarType.Float32, "float32", "fp32")];

    /// <summary>The type that a user asks for.</summary>
    /// <param name="option">The option's name, for the error.</param>
    /// <param name="text">What the user wrote.</param>
    /// <param name="allowed">The types to choose from; all if none is given.</param>
    /// <exception cref="CliException">It is none of them.</exception>
    public static ScalarType Parse(string option, string text, params ScalarType[] allowed)
    {
        var choices = Names.Where(name => allowed.Length == 0 || allowed.Contains(name.Type)).ToArray();
        var found = Array.Find(choices, name => text == name.Name || text == name.Short);
        return found.Name is not null
            ? found.Type
            : throw CliException.BadInput($"{option} is '{text}'; it must be {string.Join(", ", choices[..^1].Select(name => name.Name))} or {choices[^1].Name}.");
    }
}
