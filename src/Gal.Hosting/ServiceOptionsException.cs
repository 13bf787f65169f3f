namespace Gal.Hosting;

/// <summary>A service's settings are wrong; it does not start.</summary>
public sealed class ServiceOptionsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One sentence a problem.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
