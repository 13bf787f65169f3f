using RpcStatus = Google.Rpc.Status;

namespace Gal.Hosting.Errors;

/// <summary>How a library's exception is told to a caller.</summary>
/// <param name="Map">The status for an exception of the kind it knows; null for any other.</param>
public sealed record ExceptionMapping(Func<Exception, RpcStatus?> Map)
{
    /// <summary>A mapping for one type of exception.</summary>
    public static ExceptionMapping For<TException>(Func<TException, RpcStatus> map)
        where TException : Exception => new(e => e is TException typed ? map(typed) : null);
}
