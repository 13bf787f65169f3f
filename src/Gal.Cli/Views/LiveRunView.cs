using System.Threading.Channels;
using Gal.Cli.Following;
using Gal.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gal.Cli.Views;

/// <summary>A live display at the bottom of the terminal; finished rounds scroll up above it.</summary>
internal sealed class LiveRunView(IAnsiConsole console, TimeProvider time) : IRunView
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(200);
    private readonly long _started = time.GetTimestamp();

    /// <inheritdoc/>
    public Task ShowAsync(Run run, RunTracker tracker, IAsyncEnumerable<RunEvent> events, CancellationToken cancellationToken) =>
        console.Live(Current(tracker)).AutoClear(true).StartAsync(context => ShowAsync(context, tracker, events, cancellationToken));

    private async Task ShowAsync(LiveDisplayContext context, RunTracker tracker, IAsyncEnumerable<RunEvent> events, CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<RunEvent>(256);
        // Cancelling ends the events, and their end completes the channel: the display itself needs no token.
        var reading = ReadAsync(events, channel.Writer, cancellationToken);
        var more = channel.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        while (true)
        {
            // After an event or after the interval, whichever is first: clocks go on while nothing happens.
            await Task.WhenAny(more, Task.Delay(RefreshInterval, time, CancellationToken.None));
            if (more.IsCompleted && !await more)
            {
                break;
            }
            while (channel.Reader.TryRead(out var runEvent))
            {
                tracker.Apply(runEvent);
                Print(runEvent, tracker);
            }
            if (more.IsCompleted)
            {
                more = channel.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            }
            context.UpdateTarget(Current(tracker));
            context.Refresh();
        }
        await reading;
    }

    private static async Task ReadAsync(IAsyncEnumerable<RunEvent> events, ChannelWriter<RunEvent> writer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var runEvent in events.WithCancellation(cancellationToken))
            {
                await writer.WriteAsync(runEvent, cancellationToken);
            }
        }
        finally
        {
            writer.Complete();
        }
    }

    // What stays on the screen when the live part has moved on.
    private void Print(RunEvent runEvent, RunTracker tracker)
    {
        switch (runEvent.EventCase)
        {
            case RunEvent.EventOneofCase.SelectionMade:
                console.Write(RoundTable.Of(tracker.Round(runEvent.RoundNumber), tracker.Settings));
                break;
            case RunEvent.EventOneofCase.Stopped:
                PrintLastRound(tracker.Round(runEvent.RoundNumber), tracker.Settings);
                console.MarkupLine($"[bold]Stopped:[/] {Markup.Escape(RunTexts.Of(runEvent.Stopped, tracker.Settings))}.");
                break;
            case RunEvent.EventOneofCase.Warning:
                console.MarkupLine($"[yellow]Warning:[/] {Markup.Escape(runEvent.Warning.Message)}");
                break;
        }
    }

    // The last round trains and is measured, but selects nothing; a round that was stopped for want of uncertainty still has its table.
    private void PrintLastRound(Round round, RunSettings settings)
    {
        if (round.Selections.Count == 0 && round.Losses.Count > 0)
        {
            console.Write(round.Anchors.Count > 0 ? RoundTable.Of(round, settings) : new Rows(new Markup(RoundTable.Headline(round)), Text.Empty));
        }
    }

    private Rows Current(RunTracker tracker)
    {
        var rows = new List<IRenderable> { new Markup(Title(tracker)) };
        if (tracker.Phases.Count > 0)
        {
            var grid = new Grid().AddColumns(new GridColumn().Padding(2, 0, 2, 0), new GridColumn(), new GridColumn(), new GridColumn());
            foreach (var phase in tracker.Phases.Where(phase => phase.Phase != RunPhase.Ended))
            {
                grid.AddRow(PhaseRow(phase, tracker));
            }
            rows.Add(grid);
        }
        return new Rows(rows);
    }

    private string Title(RunTracker tracker)
    {
        var round = tracker.RoundNumber == 0 ? "Starting" : $"Round {tracker.RoundNumber} of {tracker.RoundCount}";
        return $"[bold]{round}[/]  [grey]{RunTexts.Duration(time.GetElapsedTime(_started))} so far · Ctrl-C stops; nothing is lost[/]";
    }

    private static IRenderable[] PhaseRow(PhaseProgress phase, RunTracker tracker)
    {
        var (name, unit) = RunTexts.Of(phase.Phase);
        var count = phase.QueuePosition > 0 ? $"behind {RunTexts.Counted(phase.QueuePosition, "job")}" : phase.Total == 0 ? "" : $"{phase.Done}/{phase.Total} {unit}";
        var clock = phase.Finished is { } took ? $"[grey]took {RunTexts.Duration(took)}[/]"
            : phase.Left is { } left ? $"{RunTexts.Duration(left)} left" : "[grey]…[/]";
        var loss = phase.Phase == RunPhase.Training && tracker.Training is { } training ? $"  [grey]loss {training.UnweightedLoss:F4}[/]" : "";
        return
        [
            new Markup(name),
            ProgressBar.Of(phase.Total == 0 ? (phase.Finished is null ? 0 : 1) : (double)phase.Done / phase.Total),
            new Markup(count + loss),
            new Markup(clock),
        ];
    }
}
