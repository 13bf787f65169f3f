namespace Gal.Cli.Views;

/// <summary>How a path is told to a user.</summary>
internal static class Paths
{
    /// <summary>The path from the working folder if that is shorter, else the whole one.</summary>
    public static string Short(string path)
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
