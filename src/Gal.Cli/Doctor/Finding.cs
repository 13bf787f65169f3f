namespace Gal.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Area">What it belongs to: "system", "libraries", "models", "services".</param>
/// <param name="Name">What it is.</param>
/// <param name="IsProblem">Whether something must be done.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do; empty if nothing.</param>
internal sealed record Finding(string Area, string Name, bool IsProblem, string Detail, string Remedy = "");
