namespace Gal.Hosting.Jobs;

/// <summary>How a service keeps its jobs.</summary>
/// <param name="Folder">Where the jobs' folders are.</param>
/// <param name="Heartbeat">A watcher that has heard nothing for so long hears the latest progress again.</param>
public sealed record JobOptions(string Folder, TimeSpan Heartbeat);
