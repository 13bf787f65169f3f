using Gal.Cli.Following;
using Gal.V1;

namespace Gal.Cli.Views;

/// <summary>Shows a run while it goes on.</summary>
internal interface IRunView
{
    /// <summary>Shows the events until there are no more.</summary>
    /// <param name="run">The run as it was when the events were asked for.</param>
    /// <param name="tracker">Takes every event in, so that it holds the run's story afterwards.</param>
    /// <param name="events">The events, in order.</param>
    /// <param name="cancellationToken">Stops showing.</param>
    Task ShowAsync(Run run, RunTracker tracker, IAsyncEnumerable<RunEvent> events, CancellationToken cancellationToken);
}
