namespace Gal.Artifacts.Tests;

/// <summary>A folder of its own for one test; removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gal-artifacts-").FullName;

    public IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(System.IO.Path.Combine(Path, folder), "*", SearchOption.AllDirectories);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
