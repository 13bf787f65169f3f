using Gal.Cli.Following;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Cli.Views;

/// <summary>One JSON object a line for each event, as the contract's JSON form has it; for scripts.</summary>
internal sealed class JsonRunView(TextWriter output) : IRunView
{
    /// <inheritdoc/>
    public async Task ShowAsync(Run run, RunTracker tracker, IAsyncEnumerable<RunEvent> events, CancellationToken cancellationToken)
    {
        await foreach (var runEvent in events.WithCancellation(cancellationToken))
        {
            tracker.Apply(runEvent);
            await output.WriteLineAsync(JsonFormatter.Default.Format(runEvent).AsMemory(), cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
    }
}
