namespace ManagedCuda.BasicTypes;

/// <summary>What a driver call returns: those values that Gal looks at or is likely to meet. Others keep their number.</summary>
public enum CUResult
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>An argument is out of range.</summary>
    ErrorInvalidValue = 1,

    /// <summary>The device or the host has not enough memory.</summary>
    ErrorOutOfMemory = 2,

    /// <summary>cuInit has not been called.</summary>
    ErrorNotInitialized = 3,

    /// <summary>The driver is shutting down.</summary>
    ErrorDeinitialized = 4,

    /// <summary>The library is a stub without a driver behind it.</summary>
    ErrorStubLibrary = 34,

    /// <summary>There is no CUDA device.</summary>
    ErrorNoDevice = 100,

    /// <summary>There is no device of that number.</summary>
    ErrorInvalidDevice = 101,

    /// <summary>No context is current on this thread.</summary>
    ErrorInvalidContext = 201,

    /// <summary>The module has no code for this device.</summary>
    ErrorNoBinaryForGPU = 209,

    /// <summary>The PTX does not compile.</summary>
    ErrorInvalidPtx = 218,

    /// <summary>The PTX is newer than the driver.</summary>
    ErrorUnsupportedPTXVersion = 222,

    /// <summary>A handle is not valid.</summary>
    ErrorInvalidHandle = 400,

    /// <summary>There is nothing of that name.</summary>
    ErrorNotFound = 500,

    /// <summary>A kernel read or wrote where it must not. The context is lost.</summary>
    ErrorIllegalAddress = 700,

    /// <summary>A launch asks for more registers, threads or shared memory than there are.</summary>
    ErrorLaunchOutOfResources = 701,

    /// <summary>A kernel ran too long on a card that also draws a screen. The context is lost.</summary>
    ErrorLaunchTimeout = 702,

    /// <summary>A load or store was not aligned. The context is lost.</summary>
    ErrorMisalignedAddress = 716,

    /// <summary>A kernel failed. The context is lost.</summary>
    ErrorLaunchFailed = 719,

    /// <summary>The driver and its kernel module are of different versions.</summary>
    ErrorSystemDriverMismatch = 803,

    /// <summary>The driver does not say.</summary>
    ErrorUnknown = 999,
}
