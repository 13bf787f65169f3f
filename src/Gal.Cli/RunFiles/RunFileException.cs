namespace Gal.Cli.RunFiles;

/// <summary>A run file that cannot be used; carries everything that is wrong with it, not only the first thing.</summary>
internal sealed class RunFileException(string file, IReadOnlyList<RunFileProblem> problems)
    : Exception($"{file}: {string.Join(" ", problems)}")
{
    /// <summary>The file as the user named it.</summary>
    public string File { get; } = file;

    /// <summary>All problems, in the order of the file.</summary>
    public IReadOnlyList<RunFileProblem> Problems { get; } = problems;
}
