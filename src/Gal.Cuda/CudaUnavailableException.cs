namespace Gal.Cuda;

/// <summary>The kernels cannot be used on this machine; the message says why and what would help.</summary>
public sealed class CudaUnavailableException : Exception
{
    internal CudaUnavailableException(CudaUnavailableReason reason, string message, Exception? innerException)
        : base(message, innerException) => Reason = reason;

    /// <summary>Why.</summary>
    public CudaUnavailableReason Reason { get; }
}
