namespace Gal.Artifacts;

/// <summary>Tells a full disk from other I/O errors.</summary>
internal static class DiskSpace
{
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT on Linux
    private const int FileTooLarge = 27; // EFBIG: the process's file size limit
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    public static bool IsExhausted(IOException error) =>
        error.HResult is NoSpace or QuotaExceeded or FileTooLarge or WindowsDiskFull or WindowsHandleDiskFull;
}
