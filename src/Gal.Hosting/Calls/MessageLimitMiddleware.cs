using System.Buffers;
using System.Buffers.Binary;
using Gal.Hosting.Errors;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Gal.Hosting.Calls;

/// <summary>Refuses a call whose one message is over the limit by looking at the message's header, before its bytes are read: with its size, the limit and the RPC that takes more.</summary>
internal sealed class MessageLimitMiddleware(RequestDelegate next, ServiceHostOptions options)
{
    // gRPC's frame: one byte for compression, four for the length.
    private const int FrameHeaderSize = 5;

    public async Task InvokeAsync(HttpContext context)
    {
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
        if (method?.Type is MethodType.Unary or MethodType.ServerStreaming && context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            var size = await ReadMessageSizeAsync(context);
            if (size > options.MessageSizeBytes)
            {
                Refuse(context, size, method);
                return;
            }
        }

        await next(context);
    }

    private static async Task<long> ReadMessageSizeAsync(HttpContext context)
    {
        var read = await context.Request.BodyReader.ReadAtLeastAsync(FrameHeaderSize, context.RequestAborted);
        var size = read.Buffer.Length < FrameHeaderSize ? 0 : ReadLength(read.Buffer.Slice(1, 4));
        context.Request.BodyReader.AdvanceTo(read.Buffer.Start);
        return size;
    }

    private static long ReadLength(ReadOnlySequence<byte> sequence)
    {
        Span<byte> bytes = stackalloc byte[4];
        sequence.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private void Refuse(HttpContext context, long size, IMethod method)
    {
        var remedy = MessageLimits.StreamingAlternative(method) is { } streaming
            ? $"Send the items in several messages through {streaming}."
            : "Upload pictures through gal.v1.ArtifactService/UploadArtifact and send their names.";
        var status = RpcErrors.MessageTooLarge(size, options.MessageSizeBytes, remedy);
        var headers = context.Response.Headers;
        context.Response.ContentType = "application/grpc";
        headers["grpc-status"] = status.Code.ToString();
        headers["grpc-message"] = Uri.EscapeDataString(status.Message);
        headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray());
    }
}
