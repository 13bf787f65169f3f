using YamlDotNet.RepresentationModel;

namespace Gal.Cli.RunFiles;

/// <summary>Collects everything that is wrong with a run file, with the place each value comes from.</summary>
internal sealed class RunFileProblems
{
    private readonly List<(string Key, RunFileProblem Problem)> _problems = [];
    private readonly Dictionary<YamlNode, string> _options = new(ReferenceEqualityComparer.Instance);

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<RunFileProblem> All => [.. _problems.Select(p => p.Problem)];

    /// <summary>Remembers that a node was given by a command-line option.</summary>
    public void Given(YamlNode node, string option) => _options[node] = option;

    /// <summary>Whether a node was given by a command-line option.</summary>
    public bool IsGiven(YamlNode node) => _options.ContainsKey(node);

    /// <summary>Adds a problem with the value of a key.</summary>
    public void Add(string key, YamlNode? node, string message) => _problems.Add((key, new RunFileProblem(Origin(node), Visible(message))));

    /// <summary>Whether a key, or something inside it, was already found to be wrong: one cause is reported once.</summary>
    public bool Has(string key) => _problems.Exists(p => p.Key == key || p.Key.StartsWith(key + ".", StringComparison.Ordinal) || p.Key.StartsWith(key + "[", StringComparison.Ordinal));

    // A value with control characters would break the line, or steer the terminal.
    private static string Visible(string message) => string.Concat(message.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"));

    private string Origin(YamlNode? node) => node switch
    {
        null => "",
        _ when _options.TryGetValue(node, out var option) => option,
        { Start.Line: > 0 } => $"line {node.Start.Line}",
        _ => "",
    };
}
