using Gal.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Gal.Hosting.Calls;

/// <summary>What takes more than fits one message.</summary>
internal static class MessageLimits
{
    /// <summary>The full name of the streaming RPC to use instead of a method: "gal.v1.ScoringService/StreamEmbedImages"; null if there is none.</summary>
    public static string? StreamingAlternative(IMethod method) =>
        method.ServiceName == ScoringService.Descriptor.FullName && Find(ScoringService.Descriptor) is { } streaming
            ? $"{streaming.Service.FullName}/{streaming.Name}"
            : null;

    private static MethodDescriptor? Find(ServiceDescriptor service) => service.Methods.FirstOrDefault(m => m.IsClientStreaming);
}
