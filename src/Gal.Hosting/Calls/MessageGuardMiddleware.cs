using System.Buffers;
using System.Buffers.Binary;
using Gal.Hosting.Errors;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Gal.Hosting.Calls;

/// <summary>
/// Refuses messages that cannot be read, in the same words as the services refuse others: one over the limit by its header, before its bytes are read, with its size, the limit and the RPC that takes more;
/// and bytes that are no message of the method's type, which the framework would call an unknown error.
/// </summary>
internal sealed class MessageGuardMiddleware(RequestDelegate next, ServiceHostOptions options)
{
    // gRPC's frame: one byte for compression, four for the length.
    private const int FrameHeaderSize = 5;
    private const string DetailsHeader = "grpc-status-details-bin";

    public async Task InvokeAsync(HttpContext context)
    {
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
        if (method?.Type is MethodType.Unary or MethodType.ServerStreaming && context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            var size = await ReadMessageSizeAsync(context);
            if (size > options.MessageSizeBytes)
            {
                Answer(context, TooLarge(size, method));
                return;
            }
        }

        await next(context);
        if (method is not null && !context.Response.HasStarted && IsOfTheFramework(context.Response.Headers))
        {
            Answer(context, RpcErrors.Malformed());
        }
    }

    // UNKNOWN or INTERNAL without details: the services' own errors all have details, so this one came up while the message was read.
    private static bool IsOfTheFramework(IHeaderDictionary headers) =>
        headers["grpc-status"].ToString() is "2" or "13" && !headers.ContainsKey(DetailsHeader);

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

    private Google.Rpc.Status TooLarge(long size, IMethod method)
    {
        var remedy = MessageLimits.StreamingAlternative(method) is { } streaming
            ? $"Send the items in several messages through {streaming}."
            : "Upload pictures through gal.v1.ArtifactService/UploadArtifact and send their names.";
        return RpcErrors.MessageTooLarge(size, options.MessageSizeBytes, remedy);
    }

    private static void Answer(HttpContext context, Google.Rpc.Status status)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = "application/grpc";
        headers["grpc-status"] = status.Code.ToString();
        headers["grpc-message"] = Uri.EscapeDataString(status.Message);
        headers[DetailsHeader] = Convert.ToBase64String(status.ToByteArray());
    }
}
