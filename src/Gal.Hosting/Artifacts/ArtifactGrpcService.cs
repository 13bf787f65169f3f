using System.IO.Pipelines;
using Gal.Artifacts;
using Gal.Hosting.Errors;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Hosting.Artifacts;

/// <summary>Reads and writes the artifact store of the service that hosts it, in chunks, so that an artifact of any size takes constant memory.</summary>
internal sealed class ArtifactGrpcService(IArtifactStore store) : ArtifactService.ArtifactServiceBase
{
    private const int ChunkSizeBytes = 64 * 1024;

    public override async Task DownloadArtifact(DownloadArtifactRequest request, IServerStreamWriter<DownloadArtifactResponse> responseStream, ServerCallContext context)
    {
        var stream = await store.OpenAsync(ArtifactId.Parse(request.Name), context.CancellationToken) ?? throw RpcErrors.NotFound("artifacts", request.Name, $"There is no artifact {request.Name} here.");
        await using (stream)
        {
            var buffer = new byte[ChunkSizeBytes];
            int count;
            while ((count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.CancellationToken)) > 0)
            {
                await responseStream.WriteAsync(new DownloadArtifactResponse { Chunk = ByteString.CopyFrom(buffer, 0, count) }, context.CancellationToken);
            }
        }
    }

    public override async Task<Artifact> UploadArtifact(IAsyncStreamReader<UploadArtifactRequest> requestStream, ServerCallContext context)
    {
        var pipe = new Pipe();
        var receiving = ReceiveAsync(requestStream, pipe.Writer, context.CancellationToken);
        try
        {
            var id = await store.PutAsync(pipe.Reader.AsStream(), context.CancellationToken);
            return new Artifact { Name = id.ToString(), SizeBytes = await receiving };
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
        }
    }

    private static async Task<long> ReceiveAsync(IAsyncStreamReader<UploadArtifactRequest> requests, PipeWriter writer, CancellationToken cancellationToken)
    {
        long size = 0;
        try
        {
            while (await requests.MoveNext(cancellationToken))
            {
                size += requests.Current.Chunk.Length;
                if ((await writer.WriteAsync(requests.Current.Chunk.Memory, cancellationToken)).IsCompleted)
                {
                    break;
                }
            }

            await writer.CompleteAsync();
            return size;
        }
        catch (Exception e)
        {
            // The store must see the break, or it would keep a part as if it were whole.
            await writer.CompleteAsync(e);
            throw;
        }
    }
}
