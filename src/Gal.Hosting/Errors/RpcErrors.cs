using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Gal.Hosting.Errors;

/// <summary>The errors that services answer with, each made in one way: a sentence with field, value, limit and remedy, an ErrorInfo, and the details that its code asks for.</summary>
public static class RpcErrors
{
    /// <summary>ErrorInfo's domain.</summary>
    public const string Domain = "gal";

    /// <summary>The details that errors carry, for writing them as JSON.</summary>
    internal static TypeRegistry DetailTypes { get; } = TypeRegistry.FromMessages(BadRequest.Descriptor, ErrorInfo.Descriptor, ResourceInfo.Descriptor, RetryInfo.Descriptor);

    /// <summary>INVALID_ARGUMENT for one field.</summary>
    /// <param name="field">Its path, such as "samples[3].loss_weight".</param>
    /// <param name="value">What was sent, short enough for a sentence.</param>
    /// <param name="rule">The rule, as the rest of a sentence: "must lie in (0, 1]".</param>
    /// <param name="reason">A stable name in UPPER_SNAKE_CASE.</param>
    public static RpcException InvalidField(string field, string value, string rule, string reason) =>
        InvalidFields([(field, $"{field} is {value}; it {rule}.", reason)]);

    /// <summary>INVALID_ARGUMENT for several fields at once.</summary>
    public static RpcException InvalidFields(IReadOnlyList<(string Field, string Sentence, string Reason)> violations)
    {
        var details = new BadRequest();
        details.FieldViolations.AddRange(violations.Select(v => new BadRequest.Types.FieldViolation { Field = v.Field, Description = v.Sentence, Reason = v.Reason }));
        return Status(Code.InvalidArgument, violations.Count == 1 ? violations[0].Reason : "INVALID_FIELDS", string.Join(" ", violations.Select(v => v.Sentence)), details).ToRpcException();
    }

    /// <summary>NOT_FOUND with the resource's kind and name.</summary>
    public static RpcException NotFound(string resourceType, string resourceName, string sentence) =>
        Status(Code.NotFound, "NOT_FOUND", sentence, new ResourceInfo { ResourceType = resourceType, ResourceName = resourceName, Description = sentence }).ToRpcException();

    /// <summary>ALREADY_EXISTS with the resource's kind and name.</summary>
    public static RpcException AlreadyExists(string resourceType, string resourceName, string sentence) =>
        Status(Code.AlreadyExists, "REQUEST_ID_REUSED", sentence, new ResourceInfo { ResourceType = resourceType, ResourceName = resourceName, Description = sentence }).ToRpcException();

    /// <summary>RESOURCE_EXHAUSTED, with the time after which another try makes sense, if there is one.</summary>
    public static RpcStatus Exhausted(string reason, string sentence, TimeSpan? retryAfter = null) =>
        retryAfter is { } delay
            ? Status(Code.ResourceExhausted, reason, sentence, new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) })
            : Status(Code.ResourceExhausted, reason, sentence);

    /// <summary>RESOURCE_EXHAUSTED for a message over the limit.</summary>
    /// <param name="size">Its bytes; null if the message was cut before they were counted.</param>
    /// <param name="limit">Bytes that a message may have.</param>
    /// <param name="remedy">What to do instead, as a whole sentence.</param>
    public static RpcStatus MessageTooLarge(long? size, long limit, string remedy)
    {
        var status = Exhausted("MESSAGE_TOO_LARGE", $"The message has {(size is { } s ? $"{s} bytes" : "more bytes than allowed")}; the limit is {limit} bytes. {remedy}");
        var info = status.Details[0].Unpack<ErrorInfo>();
        info.Metadata["limit_bytes"] = limit.ToString();
        info.Metadata["size_bytes"] = size?.ToString() ?? "";
        status.Details[0] = Any.Pack(info);
        return status;
    }

    /// <summary>INVALID_ARGUMENT for bytes that are no message of the method's type.</summary>
    public static RpcStatus Malformed() =>
        Status(Code.InvalidArgument, "MESSAGE_MALFORMED", "The bytes are no message of this method's type; make the client from the protos of this version.");

    /// <summary>UNAVAILABLE: the caller may try the same again after a while.</summary>
    public static RpcStatus Unavailable(string reason, string sentence, TimeSpan retryAfter) =>
        Status(Code.Unavailable, reason, sentence, new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryAfter) });

    /// <summary>Any status with an ErrorInfo and more details.</summary>
    public static RpcStatus Status(Code code, string reason, string sentence, params IMessage[] details)
    {
        var status = new RpcStatus { Code = (int)code, Message = sentence };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }));
        status.Details.AddRange(details.Select(Any.Pack));
        return status;
    }
}
