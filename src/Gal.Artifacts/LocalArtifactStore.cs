using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Gal.Artifacts;

/// <summary>Artifacts as files of one folder; several processes may share it.</summary>
/// <remarks>A file is written under a temporary name, flushed to the disk and renamed, and then its folder is flushed: a reader sees the whole artifact or none, whenever the machine stops.</remarks>
public sealed class LocalArtifactStore : IArtifactStore
{
    private const int BufferSize = 128 * 1024;
    private static readonly TimeSpan TemporaryFileLife = TimeSpan.FromDays(1);

    private readonly string _objects;
    private readonly string _temporary;
    private readonly Func<string, Stream> _create;

    // What this process wrote or has checked: name → length and time of the file then.
    private readonly ConcurrentDictionary<ArtifactId, (long Length, DateTime WriteTime)> _verified = new();

    /// <summary>Opens the store, and makes its folder where it is missing.</summary>
    /// <param name="folder">The folder. Artifacts lie in "objects", unfinished files in "temporary".</param>
    /// <param name="time">For the age of files that a killed process left in "temporary": after a day they are removed.</param>
    public LocalArtifactStore(string folder, TimeProvider? time = null)
        : this(folder, time ?? TimeProvider.System, CreateFile)
    {
    }

    /// <summary>With another way to create a temporary file, so that a test can fill the disk.</summary>
    internal LocalArtifactStore(string folder, TimeProvider time, Func<string, Stream> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        Folder = Path.GetFullPath(folder);
        _objects = Directory.CreateDirectory(Path.Combine(Folder, "objects")).FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(Folder, "temporary")).FullName;
        _create = create;
        RemoveAbandonedFiles(time);
        Name = ReadOrChooseName();
    }

    /// <summary>The folder's full path.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    /// <remarks>Chosen at random when the folder was made and kept in its file "name", so that it holds wherever the folder is mounted.</remarks>
    public string Name { get; }

    /// <inheritdoc/>
    public async Task<ArtifactId> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return await PutAsync(stream, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ArtifactId> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        var temporary = Path.Combine(_temporary, Guid.NewGuid().ToString("N"));
        try
        {
            var id = await WriteAsync(content, temporary, cancellationToken);
            var path = PathOf(id);
            var folder = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                DurableFolder.Flush(_objects);
            }

            File.Move(temporary, path, overwrite: true);
            DurableFolder.Flush(folder);
            Remember(id, new FileInfo(path));
            return id;
        }
        catch (IOException error) when (DiskSpace.IsExhausted(error))
        {
            throw new ArtifactStoreException(
                ArtifactStoreFailure.DiskFull,
                $"The artifact store \"{Folder}\" is full: nothing was stored, and everything stored before is intact. Free some space or choose another folder, then resume.",
                error);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(ArtifactId id, CancellationToken cancellationToken)
    {
        var path = PathOf(id);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        try
        {
            if (!IsVerified(id, new FileInfo(path)))
            {
                Verify(id, path, await SHA256.HashDataAsync(file, cancellationToken));
                file.Position = 0;
            }

            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(ArtifactId id, CancellationToken cancellationToken) => Task.FromResult(File.Exists(PathOf(id)));

    /// <inheritdoc/>
    public string? TryGetLocalPath(ArtifactId id)
    {
        var file = new FileInfo(PathOf(id));
        if (!file.Exists)
        {
            return null;
        }

        if (!IsVerified(id, file))
        {
            using var stream = file.OpenRead();
            Verify(id, file.FullName, SHA256.HashData(stream));
        }

        return file.FullName;
    }

    private static FileStream CreateFile(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize, FileOptions.Asynchronous);

    // 256 folders keep each listing short.
    private string PathOf(ArtifactId id) => Path.Combine(_objects, id.Hex[..2], id.Hex);

    private async Task<ArtifactId> WriteAsync(Stream content, string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        await using var file = _create(path);
        for (int count; (count = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        await file.FlushAsync(cancellationToken);
        (file as FileStream)?.Flush(flushToDisk: true);
        return ArtifactId.FromHash(hash.GetHashAndReset());
    }

    private bool IsVerified(ArtifactId id, FileInfo file) =>
        _verified.TryGetValue(id, out var then) && then == (file.Length, file.LastWriteTimeUtc);

    private void Remember(ArtifactId id, FileInfo file) => _verified[id] = (file.Length, file.LastWriteTimeUtc);

    private void Verify(ArtifactId id, string path, byte[] hash)
    {
        if (ArtifactId.FromHash(hash) != id)
        {
            throw new ArtifactStoreException(
                ArtifactStoreFailure.Corrupt,
                $"The artifact {id} is damaged: its file \"{path}\" has the hash {Convert.ToHexStringLower(hash)}. Delete the file and make it again.");
        }

        Remember(id, new FileInfo(path));
    }

    private void RemoveAbandonedFiles(TimeProvider time)
    {
        foreach (var file in new DirectoryInfo(_temporary).EnumerateFiles().Where(f => f.LastWriteTimeUtc < time.GetUtcNow().UtcDateTime - TemporaryFileLife))
        {
            file.Delete();
        }
    }

    private string ReadOrChooseName()
    {
        var path = Path.Combine(Folder, "name");
        if (!File.Exists(path))
        {
            var temporary = Path.Combine(_temporary, Guid.NewGuid().ToString("N"));
            File.WriteAllText(temporary, $"local-{Guid.NewGuid():N}");
            try
            {
                File.Move(temporary, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process was first; its name holds.
                File.Delete(temporary);
            }
        }

        return File.ReadAllText(path).Trim();
    }
}
