namespace Gal.Cli.Errors;

/// <summary>Ends a command with a message for the user and an exit code.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="inner">Its cause.</param>
internal sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to return to the shell.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Input that cannot be used.</summary>
    public static CliException BadInput(string message) => new(ExitCodes.BadInput, message);
}
