using System.Runtime.InteropServices;

namespace Gal.Hosting.Durability;

/// <summary>Files that are either whole or absent after a power cut: temporary name, flush to disk, rename, flush of the folder.</summary>
public static class DurableFile
{
    private const int OpenReadOnly = 0;

    /// <summary>Writes a file so that a reader sees the old content or the new, never a part.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old content is intact.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            WriteAndFlush(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes a finished file or folder appear under its final name, for good.</summary>
    public static void Publish(string temporaryPath, string finalPath)
    {
        if (Directory.Exists(temporaryPath))
        {
            FlushFolder(temporaryPath);
            Directory.Move(temporaryPath, finalPath);
        }
        else
        {
            FlushFile(temporaryPath);
            File.Move(temporaryPath, finalPath, overwrite: true);
        }

        FlushFolder(Path.GetDirectoryName(finalPath)!);
    }

    /// <summary>Writes a new file and waits until the disk has it.</summary>
    internal static void WriteAndFlush(string path, ReadOnlySpan<byte> content)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    private static void FlushFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Makes the names in a folder durable. Only Unix needs and allows it.</summary>
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, OpenReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"The folder cannot be opened to flush it (errno {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            // EINVAL: a file system that cannot flush folders (some network mounts) has nothing to wait for.
            if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() != 22)
            {
                throw new IOException($"The folder cannot be flushed (errno {Marshal.GetLastPInvokeError()}).");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
