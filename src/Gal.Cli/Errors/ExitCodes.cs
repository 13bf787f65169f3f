namespace Gal.Cli.Errors;

/// <summary>What <c>gal</c> returns to the shell.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>Something went wrong that is none of the others.</summary>
    public const int Failed = 1;

    /// <summary>A wrong option, or input that cannot be used; nothing was started.</summary>
    public const int BadInput = 2;

    /// <summary>A service does not answer, or a port is in use.</summary>
    public const int Service = 3;

    /// <summary>Stopped by Ctrl-C or a signal; what was done is kept.</summary>
    public const int Cancelled = 130;
}
