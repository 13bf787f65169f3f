namespace Gal.Cli.RunFiles;

/// <summary>One thing that is wrong with a run file or an option that changes it.</summary>
/// <param name="Origin">Where the value comes from: "line 12", "--set", or empty for the file as a whole.</param>
/// <param name="Message">One sentence: key, value, limit, remedy.</param>
internal sealed record RunFileProblem(string Origin, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Origin.Length == 0 ? Message : $"{Origin}: {Message}";
}
