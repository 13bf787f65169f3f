using Gal.V1;
using Google.Protobuf;

namespace Gal.Cli.RunFolders;

/// <summary>Reads and writes artifacts through a service.</summary>
internal sealed class ArtifactReader(ArtifactService.ArtifactServiceClient client)
{
    // The contract's limit on one chunk.
    private const int UploadChunkBytes = 1024 * 1024;

    private readonly Dictionary<string, string> _files = [];

    /// <summary>A service's message with the user's files in place of the names that the service has for them.</summary>
    public string WithFileNames(string message) =>
        _files.Aggregate(message, (text, file) => text.Replace($"the artifact folder/objects/{file.Key[..2]}/{file.Key}", file.Value, StringComparison.Ordinal));

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

    /// <summary>Stores a file and returns the artifact's name. It is read chunk by chunk: weights may be larger than an array can be.</summary>
    public async Task<string> StoreFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var name = await StoreAsync(file, cancellationToken);
        _files[name.Split(':')[1]] = path;
        return name;
    }

    /// <summary>Stores bytes and returns the artifact's name.</summary>
    public async Task<string> StoreAsync(ByteString bytes, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(bytes.ToByteArray());
        return await StoreAsync(stream, cancellationToken);
    }

    private async Task<string> StoreAsync(Stream bytes, CancellationToken cancellationToken)
    {
        using var call = client.UploadArtifact(cancellationToken: cancellationToken);
        var buffer = new byte[UploadChunkBytes];
        while (await bytes.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken) is var count and > 0)
        {
            await call.RequestStream.WriteAsync(new UploadArtifactRequest { Chunk = ByteString.CopyFrom(buffer, 0, count) }, cancellationToken);
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
