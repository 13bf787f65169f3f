using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Gal.Cli.RunFiles;

/// <summary>Reads YAML into nodes that know their line, and puts command-line values into them.</summary>
internal static partial class YamlTree
{
    /// <summary>The document's root mapping; an empty one if the text is empty.</summary>
    /// <exception cref="YamlException">The text is no YAML, has a key twice, or holds several documents.</exception>
    public static YamlNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count switch
        {
            0 => new YamlMappingNode(),
            1 => stream.Documents[0].RootNode,
            _ => throw new YamlException(stream.Documents[1].RootNode.Start, stream.Documents[1].RootNode.End, "A second document begins here (---); a run file is one."),
        };
    }

    /// <summary>Whether a node says nothing: an empty value, <c>~</c> or <c>null</c>.</summary>
    public static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "~" or "null" };

    /// <summary>Sets the value at a path; mappings on the way are made.</summary>
    /// <param name="root">Where the path starts.</param>
    /// <param name="path">Keys with dots between them, and indices in brackets.</param>
    /// <param name="value">The new value.</param>
    /// <param name="made">Called with each mapping that had to be made.</param>
    /// <returns>What is wrong with the path, or null.</returns>
    public static string? Set(YamlMappingNode root, string path, YamlNode value, Action<YamlNode> made)
    {
        YamlNode node = root;
        var parts = Part().Matches(path).Select(m => m.Value.Trim('.', '[', ']')).ToArray();
        foreach (var (i, part) in parts.Index())
        {
            var next = i + 1 < parts.Length ? null : value;
            switch (node)
            {
                case YamlMappingNode mapping:
                    if (next is not null || !mapping.Children.TryGetValue(part, out var child) || IsNull(child))
                    {
                        mapping.Children[part] = next ?? new YamlMappingNode();
                        made(mapping.Children[part]);
                    }
                    node = mapping.Children[part];
                    break;
                case YamlSequenceNode list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Children.Count:
                    list.Children[index] = next ?? list.Children[index];
                    node = list.Children[index];
                    break;
                default:
                    return $"'{path}' does not lead to a value: there is no '{part}'.";
            }
        }
        return null;
    }

    [GeneratedRegex(@"\[\d+\]|[^.\[\]]+")]
    private static partial Regex Part();
}
