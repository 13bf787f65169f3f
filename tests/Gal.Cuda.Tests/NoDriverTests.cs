using System.Reflection;
using System.Runtime.Loader;

namespace Gal.Cuda.Tests;

public class NoDriverTests
{
    [Fact]
    public void Open_NoDriverLibrary_SaysWhatToInstall()
    {
        var error = OpenWithLibraryNamed("libcuda-of-nobody.so");

        Assert.Equal("NoDriver", error.GetType().GetProperty("Reason")!.GetValue(error)!.ToString());
        Assert.Contains("There is no CUDA driver: None of libcuda-of-nobody.so", error.Message, StringComparison.Ordinal);
        Assert.Contains("Install NVIDIA's driver", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LibraryIsNotADriver_SaysWhichCallItLacks()
    {
        var error = OpenWithLibraryNamed("libc.so.6");

        Assert.Equal("NoDriver", error.GetType().GetProperty("Reason")!.GetValue(error)!.ToString());
        Assert.Contains("cuInit", error.Message, StringComparison.Ordinal);
    }

    // In a copy of the assembly of its own: a process resolves a library once.
    private static Exception OpenWithLibraryNamed(string name)
    {
        var context = new AssemblyLoadContext(name, isCollectible: true);
        var assembly = context.LoadFromAssemblyPath(typeof(ScoringKernels).Assembly.Location);
        var names = (string[])assembly.GetType("ManagedCuda.DriverApi")!.GetField("FileNames", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        Array.Fill(names, name);
        var open = assembly.GetType("Gal.Cuda.ScoringKernels")!.GetMethod("Open", BindingFlags.Public | BindingFlags.Static)!;
        var error = Assert.Throws<TargetInvocationException>(() => open.Invoke(null, [0])).InnerException!;
        context.Unload();
        return error;
    }
}
