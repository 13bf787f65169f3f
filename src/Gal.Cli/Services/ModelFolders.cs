using Gal.Cli.Errors;

namespace Gal.Cli.Services;

/// <summary>Finds the folder of a model by path or name.</summary>
internal static class ModelFolders
{
    /// <summary>The model that comes with the program.</summary>
    public const string Shipped = "emoji-sd";

    // Every Hugging Face pipeline folder has it.
    private const string Index = "model_index.json";

    /// <summary>Full path of a model's folder.</summary>
    /// <param name="model">A folder, absolute or from the working folder, or a name under <c>models/</c>; the shipped model if empty.</param>
    /// <exception cref="CliException">There is none; lists where it was looked for.</exception>
    public static string Find(string model)
    {
        var name = model.Length == 0 ? Shipped : model;
        if (File.Exists(name))
        {
            throw CliException.BadInput($"model: {name} is a file, and a model is a folder. If it is a whole model in one file, write it as a folder first: gal convert {name} {Path.GetFileNameWithoutExtension(name)}");
        }
        var candidates = Candidates(name).Distinct().ToArray();
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, Index)))
            ?? throw CliException.BadInput($"model: no model '{name}' was found. A model is a Hugging Face folder with a {Index}. Looked in:\n"
                + string.Join('\n', candidates.Select(folder => $"  {folder}{(Directory.Exists(folder) ? $" (there is a folder, but it has no {Index})" : "")}")));
    }

    // A program run from a checkout finds the checkout's models from any working folder; an installed one finds those beside it.
    private static IEnumerable<string> Candidates(string name)
    {
        yield return Path.GetFullPath(name);
        if (Path.IsPathRooted(name))
        {
            yield break;
        }
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "models", name);
                if (Directory.Exists(candidate))
                {
                    yield return candidate;
                }
            }
        }
    }
}
