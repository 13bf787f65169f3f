using System.Collections.Concurrent;
using System.IO.Pipelines;
using Gal.Artifacts;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Coordination.Services;

/// <summary>Brings artifacts from one service's store to another's by way of the coordinator's own. Services that share the coordinator's store get names alone; nothing is copied.</summary>
internal sealed class ArtifactExchange(IArtifactStore store, ServiceClients clients)
{
    private const int ChunkSizeBytes = 64 * 1024;
    private readonly ConcurrentDictionary<string, string> _storeNames = new();
    private readonly ConcurrentDictionary<(string Service, string Artifact), bool> _sent = new();

    /// <summary>Remembers which store a service uses.</summary>
    public void Learn(Capabilities capabilities) => _storeNames[capabilities.Service] = capabilities.ArtifactStore;

    /// <summary>Makes sure that a service has some artifacts of the coordinator's.</summary>
    /// <exception cref="RpcException">NOT_FOUND: the coordinator itself does not have one.</exception>
    public async Task SendAsync(string service, IEnumerable<string> artifacts, CancellationToken cancellationToken)
    {
        if (SharesStore(service))
        {
            return;
        }

        foreach (var artifact in artifacts.Distinct().Where(a => !_sent.ContainsKey((service, a))))
        {
            await UploadAsync(service, artifact, cancellationToken);
            _sent[(service, artifact)] = true;
        }
    }

    /// <summary>Makes sure that the coordinator has some artifacts that a service made.</summary>
    public async Task FetchAsync(string service, IEnumerable<string> artifacts, CancellationToken cancellationToken)
    {
        if (SharesStore(service))
        {
            return;
        }

        foreach (var artifact in artifacts.Distinct())
        {
            if (!await store.ExistsAsync(ArtifactId.Parse(artifact), cancellationToken))
            {
                await DownloadAsync(service, artifact, cancellationToken);
            }

            _sent[(service, artifact)] = true;
        }
    }

    private bool SharesStore(string service) => _storeNames.TryGetValue(service, out var name) && name == store.Name;

    private ArtifactService.ArtifactServiceClient ClientOf(string service) => clients.Peers.Single(p => p.Service == service).Artifacts;

    private async Task UploadAsync(string service, string artifact, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenAsync(ArtifactId.Parse(artifact), cancellationToken)
            ?? throw Hosting.Errors.RpcErrors.NotFound("artifacts", artifact, $"The coordinator no longer has the artifact {artifact} that the {service} service needs.");
        using var call = ClientOf(service).UploadArtifact(cancellationToken: cancellationToken);
        var buffer = new byte[ChunkSizeBytes];
        int count;
        while ((count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)) > 0)
        {
            await call.RequestStream.WriteAsync(new UploadArtifactRequest { Chunk = ByteString.CopyFrom(buffer, 0, count) }, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync;
    }

    private async Task DownloadAsync(string service, string artifact, CancellationToken cancellationToken)
    {
        using var call = ClientOf(service).DownloadArtifact(new DownloadArtifactRequest { Name = artifact }, cancellationToken: cancellationToken);
        var pipe = new Pipe();
        var receiving = ReceiveAsync(call.ResponseStream, pipe.Writer, cancellationToken);
        var received = await store.PutAsync(pipe.Reader.AsStream(), cancellationToken);
        await receiving;
        if (received.ToString() != artifact)
        {
            throw Hosting.Errors.RpcErrors.Status(Google.Rpc.Code.DataLoss, "ARTIFACT_CHANGED", $"The {service} service sent other bytes than {artifact} names. Its store is damaged.").ToRpcException();
        }
    }

    private static async Task ReceiveAsync(IAsyncStreamReader<DownloadArtifactResponse> chunks, PipeWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            while (await chunks.MoveNext(cancellationToken))
            {
                await writer.WriteAsync(chunks.Current.Chunk.Memory, cancellationToken);
            }

            await writer.CompleteAsync();
        }
        catch (Exception e)
        {
            // The store must see the break, or it would keep a part as if it were whole.
            await writer.CompleteAsync(e);
            throw;
        }
    }
}
