using Gal.Cli.Errors;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;

namespace Gal.Cli.Conversion;

/// <summary>Which forms a source can be written in, and how they are called on the command line.</summary>
internal static class WeightsForms
{
    private static readonly (string Name, WeightsForm Form)[] Names =
    [
        ("folder", WeightsForm.Folder), ("single-file", WeightsForm.SingleFile), ("diffusers", WeightsForm.Diffusers),
        ("diffusers-old", WeightsForm.DiffusersOld), ("kohya", WeightsForm.Kohya), ("a1111", WeightsForm.A1111),
    ];

    /// <summary>The form's name for a user.</summary>
    public static string NameOf(WeightsForm form) => Names.First(name => name.Form == form).Name;

    /// <summary>The form that a user asks for.</summary>
    /// <param name="to">What the user wrote; null where the source has one other form.</param>
    /// <param name="source">A model folder or a safetensors file.</param>
    /// <exception cref="CliException">The form does not exist, is none of the source's, or must be said.</exception>
    public static WeightsForm Choose(string? to, string source)
    {
        var (what, forms, usual) = Of(source);
        var choices = string.Join(", ", forms.Select(NameOf));
        if (to is null)
        {
            return usual ?? throw CliException.BadInput($"{source} is {what}; say what it shall become: --to {string.Join(" or --to ", forms.Select(NameOf))}.");
        }
        var form = Array.Find(Names, name => name.Name == to);
        return form.Name is not null && forms.Contains(form.Form)
            ? form.Form
            : throw CliException.BadInput($"--to is '{to}', but {source} is {what}, which can become {choices}.");
    }

    private static (string What, WeightsForm[] Forms, WeightsForm? Usual) Of(string source)
    {
        if (Directory.Exists(source))
        {
            return ("a model folder", [WeightsForm.SingleFile, WeightsForm.Folder], WeightsForm.SingleFile);
        }
        if (SingleFile.IsOne(source))
        {
            return ("a whole model in one file", [WeightsForm.Folder], WeightsForm.Folder);
        }
        return WeightsFile.KindOf(source) switch
        {
            WeightsKind.Lora => ("a LoRA", [WeightsForm.Diffusers, WeightsForm.Kohya, WeightsForm.DiffusersOld], null),
            WeightsKind.TextualInversion => ("a Textual Inversion embedding", [WeightsForm.Diffusers, WeightsForm.A1111], null),
            var kind => throw CliException.BadInput($"{source} is {WeightsFile.Describe(kind)}; all tools read it in the one form it has, so there is nothing to convert."),
        };
    }
}
