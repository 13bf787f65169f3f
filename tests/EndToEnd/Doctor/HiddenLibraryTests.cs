using Gal.EndToEnd.Processes;
using Gal.Tests.Services;

namespace Gal.EndToEnd.Doctor;

/// <summary><c>gal doctor</c> from an output folder that lacks one native library.</summary>
public sealed class HiddenLibraryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // The host looks for the program where these files really are, and follows links to find out.
    private static readonly string[] Copied = ["gal.dll", "gal.deps.json", "gal.runtimeconfig.json"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("libLibTorchSharp.so", "TorchSharp")]
    [InlineData("libtorch_cpu.so", "libtorch-cpu-linux-x64")]
    public async Task Doctor_LibraryMissing_NamesItThePlacesAndThePackage(string library, string package)
    {
        LinkAllBut(library);
        using var gal = GalProcess.StartFrom(_folder.Path, "doctor", "--json");

        Assert.Equal(1, await gal.WaitForExitAsync(Patience));
        // The machine may be short of memory or disk meanwhile, which is another problem.
        var problem = Assert.Single(gal.Output.Split('\n'), line => line.Contains("\"isProblem\":true", StringComparison.Ordinal) && !line.Contains("\"area\":\"system\"", StringComparison.Ordinal));
        Assert.Contains($"{library} was not found in any of: ", problem, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, problem, StringComparison.Ordinal);
        Assert.Contains($"It comes with the NuGet package {package}", problem, StringComparison.Ordinal);
    }

    private void LinkAllBut(string library)
    {
        var source = AppContext.BaseDirectory;
        Assert.True(File.Exists(Path.Combine(source, library)), $"{library} is not in {source}");
        foreach (var path in Directory.EnumerateFiles(source).Where(path => Path.GetFileName(path) != library))
        {
            var target = _folder.Combine(Path.GetFileName(path));
            if (Copied.Contains(Path.GetFileName(path)))
            {
                File.Copy(path, target);
            }
            else
            {
                File.CreateSymbolicLink(target, path);
            }
        }
    }
}
