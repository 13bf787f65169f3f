using Gal.Artifacts;
using Gal.Hosting.Queues;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Gal.Hosting.Errors;

/// <summary>Turns any exception into the one status that callers see: without stack traces and without this machine's paths.</summary>
/// <param name="mappings">What the services' libraries throw.</param>
/// <param name="options">Names the folders that must not be told.</param>
public sealed class ErrorMapper(IEnumerable<ExceptionMapping> mappings, ServiceHostOptions options)
{
    // ENOSPC, EDQUOT, EFBIG (the process's file size limit), and Windows's two.
    private static readonly int[] DiskFullCodes = [28, 122, 27, unchecked((int)0x80070070), unchecked((int)0x80070027)];
    private static readonly TimeSpan QueueRetryDelay = TimeSpan.FromSeconds(5);
    private readonly ExceptionMapping[] _mappings = [.. mappings];
    private readonly KeyValuePair<string, string>[] _hiddenPaths = [.. options.HiddenPaths.OrderByDescending(p => p.Key.Length)];

    /// <summary>The status for an exception; INTERNAL with no particulars for one that nobody foresaw.</summary>
    public RpcStatus ToStatus(Exception exception)
    {
        var status = Find(exception) ?? RpcErrors.Status(Code.Internal, "INTERNAL", "The service failed in a way it does not know; its log says more.");
        status.Message = _hiddenPaths.Aggregate(status.Message, (message, path) => message.Replace(path.Key, path.Value, StringComparison.Ordinal));
        return status;
    }

    /// <summary>Whether an error says that a disk has no room left.</summary>
    public static bool IsDiskFull(Exception exception) => exception is ArtifactStoreException { Failure: ArtifactStoreFailure.DiskFull } || (exception is IOException && DiskFullCodes.Contains(exception.HResult));

    private RpcStatus? Find(Exception exception) => exception switch
    {
        RpcException rpc => rpc.GetRpcStatus() ?? RpcErrors.Status((Code)rpc.StatusCode, ReasonOf(rpc.StatusCode), rpc.Status.Detail),
        InvalidProtocolBufferException => RpcErrors.Malformed(),
        QueueFullException full => RpcErrors.Exhausted("QUEUE_FULL", full.Message, QueueRetryDelay),
        OutOfMemoryException => RpcErrors.Exhausted("OUT_OF_MEMORY", "The service has not enough memory for this request; ask for smaller pictures or smaller batches."),
        ArtifactStoreException { Failure: ArtifactStoreFailure.Corrupt } => RpcErrors.Status(Code.DataLoss, "ARTIFACT_DAMAGED", exception.Message),
        _ when IsDiskFull(exception) => RpcErrors.Exhausted("DISK_FULL", "The service's disk is full; nothing that was stored before is lost. Free space under its data folder and try again."),
        _ => _mappings.Select(m => m.Map(exception)).FirstOrDefault(s => s is not null),
    };

    private static string ReasonOf(StatusCode code) => code.ToString().ToUpperInvariant();
}
