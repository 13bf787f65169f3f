namespace Gal.Cli.RunFiles;

/// <summary>A value given on the command line in place of the run file's.</summary>
/// <param name="Option">The option it came from, for messages: "--set" or "--rounds".</param>
/// <param name="Key">Full path of the key, such as <c>training.step_count</c> or <c>subject.anchors[2]</c>.</param>
/// <param name="Value">The value as YAML, so that lists work too.</param>
internal sealed record RunFileOverride(string Option, string Key, string Value)
{
    /// <summary>Reads <c>key=value</c>; null if there is no key or no equals sign.</summary>
    public static RunFileOverride? Parse(string text)
    {
        var split = text.IndexOf('=');
        return split <= 0 ? null : new RunFileOverride("--set", text[..split].Trim(), text[(split + 1)..].Trim());
    }
}
