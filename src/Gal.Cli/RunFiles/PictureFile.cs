namespace Gal.Cli.RunFiles;

/// <summary>Reads the picture files that a run file names.</summary>
internal static class PictureFile
{
    /// <summary>The file's bytes, or what is wrong with it.</summary>
    public static (byte[] Bytes, string? Problem) Read(string path)
    {
        if (!File.Exists(path))
        {
            return ([], $"there is no file {path}.");
        }
        return (File.ReadAllBytes(path), null);
    }
}
