using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using TorchSharp;

namespace Gal.Diffusion.Runtime;

/// <summary>Finds TorchSharp's native binding and loads it, through an adapted copy where the system's libstdc++ is too old.</summary>
internal static class TorchLibraries
{
    private const string BindingName = "LibTorchSharp";

    // In the order in which they need each other: a library that is loaded already is found by its name, wherever the binding lies.
    private static readonly string[] Dependencies = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    /// <summary>Loads the binding so that TorchSharp's own calls find it.</summary>
    /// <exception cref="TorchRuntimeException">It is absent, or does not load for another reason than libstdc++'s age.</exception>
    public static LoadedBinding Load()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new LoadedBinding(string.Empty, IsPatched: false);
        }
        var path = Find() ?? throw new TorchRuntimeException(
            $"lib{BindingName}.so was not found in any of: {string.Join(", ", SearchFolders())}. It comes with the NuGet package TorchSharp; restore and build again, or publish with the native files.");
        foreach (var dependency in Dependencies.Select(name => Path.Combine(Path.GetDirectoryName(path)!, name)).Select(Locate))
        {
            LoadOrThrow(dependency);
        }
        try
        {
            NativeLibrary.Load(path);
            return new LoadedBinding(path, IsPatched: false);
        }
        catch (DllNotFoundException exception) when (exception.Message.Contains(GlibcxxPatch.MissingVersion, StringComparison.Ordinal))
        {
            var copy = AdaptedCopy(path);
            var handle = LoadOrThrow(copy);
            AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => name == BindingName ? handle : 0;
            return new LoadedBinding(copy, IsPatched: true);
        }
        catch (DllNotFoundException exception)
        {
            throw Failed(path, exception);
        }
    }

    /// <summary>The full path of one of libtorch's own libraries, or null where it is not beside the program.</summary>
    public static string? Find(string fileName) => SearchFolders().Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    private static string? Find() => Find($"lib{BindingName}.so");

    private static string Locate(string path) => File.Exists(path) ? path : Find(Path.GetFileName(path)) ?? throw new TorchRuntimeException(
        $"{Path.GetFileName(path)} was not found in any of: {string.Join(", ", SearchFolders())}. It comes with the NuGet package libtorch-cpu-linux-x64; restore and build again.");

    private static IEnumerable<string> SearchFolders()
    {
        var native = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var own = AppContext.BaseDirectory;
        return native.Append(own).Append(Path.Combine(own, "runtimes", "linux-x64", "native")).Distinct();
    }

    private static nint LoadOrThrow(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw Failed(path, exception);
        }
    }

    private static TorchRuntimeException Failed(string path, Exception exception) =>
        new($"{path} does not load: {exception.Message} Check that this is 64-bit Linux with glibc 2.34 or later and libstdc++ 6.0.30 or later.", exception);

    /// <summary>The adapted library in the user's cache folder, named by the content of the original and made only once.</summary>
    private static string AdaptedCopy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var name = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
        var folder = Path.Combine(CacheFolder(), "gal", $"torchsharp-{name}");
        var copy = Path.Combine(folder, Path.GetFileName(path));
        if (File.Exists(copy))
        {
            return copy;
        }
        if (!GlibcxxPatch.Apply(bytes))
        {
            throw new TorchRuntimeException($"{path} needs {GlibcxxPatch.MissingVersion}, which this system's libstdc++ lacks, and could not be adapted. Install libstdc++ 13 or later.");
        }
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TorchRuntimeException($"{folder} cannot be made: {exception.Message} An adapted copy of {Path.GetFileName(path)} goes there; set XDG_CACHE_HOME to a folder that can be written.", exception);
        }
        // Renamed into place, so that two processes that start at once never load half a file.
        var temporary = Path.Combine(folder, $"{Path.GetFileName(path)}.{Environment.ProcessId}-{Stopwatch.GetTimestamp():x}");
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    private static string CacheFolder()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return !string.IsNullOrEmpty(cache) ? cache : home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath();
    }

    /// <summary>The binding's path and whether it is an adapted copy.</summary>
    public readonly record struct LoadedBinding(string Path, bool IsPatched);
}
