namespace Gal.Cuda;

/// <summary>Why the kernels cannot be used.</summary>
public enum CudaUnavailableReason
{
    /// <summary>The driver's library is not installed, or is not the driver's.</summary>
    NoDriver,

    /// <summary>The driver sees no card of that number.</summary>
    NoDevice,

    /// <summary>The driver or the card is too old for the kernels, or they are damaged.</summary>
    KernelsRefused,

    /// <summary>The driver failed otherwise.</summary>
    DriverFailed,
}
