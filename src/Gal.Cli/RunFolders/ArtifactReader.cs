using Gal.V1;
using Google.Protobuf;

namespace Gal.Cli.RunFolders;

/// <summary>Reads and writes artifacts through a service.</summary>
internal sealed class ArtifactReader(ArtifactService.ArtifactServiceClient client)
{
    // The contract's limit on one chunk.
    private const int UploadChunkBytes = 1024 * 1024;

    /// <summary>The bytes of an artifact.</summary>
    public async Task<byte[]> ReadAsync(string name, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await CopyAsync(name, buffer, cancellationToken);
        return buffer.ToArray();
    }

    /// <summary>Copies an artifact into a file; the file appears when it is whole.</summary>
    public async Task SaveAsync(string name, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".new";
        await using (var file = File.Create(temporary))
        {
            await CopyAsync(name, file, cancellationToken);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Stores bytes and returns the artifact's name.</summary>
    public async Task<string> StoreAsync(ByteString bytes, CancellationToken cancellationToken)
    {
        using var call = client.UploadArtifact(cancellationToken: cancellationToken);
        for (var start = 0; start < bytes.Length; start += UploadChunkBytes)
        {
            var chunk = UnsafeByteOperations.UnsafeWrap(bytes.Memory.Slice(start, Math.Min(UploadChunkBytes, bytes.Length - start)));
            await call.RequestStream.WriteAsync(new UploadArtifactRequest { Chunk = chunk }, cancellationToken);
        }
        await call.RequestStream.CompleteAsync();
        return (await call).Name;
    }

    private async Task CopyAsync(string name, Stream target, CancellationToken cancellationToken)
    {
        using var call = client.DownloadArtifact(new DownloadArtifactRequest { Name = name }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await target.WriteAsync(call.ResponseStream.Current.Chunk.Memory, cancellationToken);
        }
    }
}
