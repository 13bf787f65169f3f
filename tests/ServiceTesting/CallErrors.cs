using Google.Rpc;
using Grpc.Core;

namespace Gal.Tests.Services;

/// <summary>Looks into the errors that callers get.</summary>
internal static class CallErrors
{
    /// <summary>Makes a call that must fail.</summary>
    public static async Task<RpcException> OfAsync(Func<Task> call) => await Assert.ThrowsAsync<RpcException>(call).DefaultTimeout();

    public static Google.Rpc.Status Details(this RpcException error) => error.GetRpcStatus() ?? throw new InvalidOperationException($"{error.Status} has no details.");

    public static string Reason(this RpcException error)
    {
        var info = error.Details().GetDetail<ErrorInfo>()!;
        Assert.Equal("gal", info.Domain);
        return info.Reason;
    }

    public static IReadOnlyList<string> Fields(this RpcException error) => [.. error.Details().GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field)];
}
