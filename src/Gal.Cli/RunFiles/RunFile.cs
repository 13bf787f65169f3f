using Gal.V1;

namespace Gal.Cli.RunFiles;

/// <summary>A run file that was read and found good.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Text">Its text, unchanged.</param>
/// <param name="Settings">What it asks for, with the pictures' bytes inline and nothing filled in that it leaves to the defaults.</param>
internal sealed record RunFile(string Path, string Text, RunSettings Settings)
{
    /// <summary>A name for people: <c>name</c>, or the file's own name without its ending.</summary>
    public string Name => Settings.DisplayName.Length > 0 ? Settings.DisplayName : System.IO.Path.GetFileNameWithoutExtension(Path);
}
