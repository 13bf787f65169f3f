using System.Text;
using Gal.V1;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Gal.Cli.RunFiles;

/// <summary>Reads run files.</summary>
internal static class RunFileReader
{
    /// <summary>Reads a run file, puts the command line's values in, and checks all of it, pictures included.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values from the command line; the last one of a key wins.</param>
    /// <exception cref="RunFileException">Something is wrong; carries all of it.</exception>
    public static RunFile Read(string path, IReadOnlyList<RunFileOverride> overrides)
    {
        if (!File.Exists(path))
        {
            throw new RunFileException(path, [new("", $"There is no file {Path.GetFullPath(path)}.{(Directory.Exists(path) ? " It is a folder; name the .yaml file in it." : "")}")]);
        }
        var text = ReadText(path);
        var problems = new RunFileProblems();
        var settings = new RunSettings();
        if (Root(path, text) is not YamlMappingNode root)
        {
            throw new RunFileException(path, [new("line 1", "The file must hold keys with values (key: value).")]);
        }
        Apply(overrides, root, problems);
        new SettingsBinder(Path.GetDirectoryName(Path.GetFullPath(path))!, problems).Bind(root, settings, "");
        Presets.Apply(root, settings, problems);
        RunRules.Check(root, settings, problems);
        return problems.All.Count == 0 ? new RunFile(Path.GetFullPath(path), text, settings) : throw new RunFileException(path, problems.All);
    }

    private static string ReadText(string path)
    {
        try
        {
            return TextFile.Read(path);
        }
        catch (DecoderFallbackException)
        {
            throw new RunFileException(path, [new("", "The file is not UTF-8 text; save it as UTF-8.")]);
        }
    }

    private static YamlNode Root(string path, string text)
    {
        try
        {
            return YamlTree.Parse(text);
        }
        catch (YamlException exception)
        {
            throw new RunFileException(path, [new($"line {exception.End.Line}", $"This is not YAML: {exception.Message.TrimEnd('.')}.")]);
        }
    }

    private static void Apply(IReadOnlyList<RunFileOverride> overrides, YamlMappingNode root, RunFileProblems problems)
    {
        foreach (var change in overrides)
        {
            YamlNode value;
            try
            {
                value = YamlTree.Parse(change.Value);
            }
            catch (YamlException)
            {
                value = new YamlScalarNode(change.Value);
            }
            if (value is YamlMappingNode { Children.Count: 0 } && change.Value.Length == 0)
            {
                value = new YamlScalarNode("");
            }
            foreach (var node in value.AllNodes)
            {
                problems.Given(node, change.Option);
            }
            if (YamlTree.Set(root, change.Key, value, node => problems.Given(node, change.Option)) is { } problem)
            {
                problems.Add(change.Key, value, problem);
            }
        }
    }
}
