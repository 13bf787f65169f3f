using Gal.Cli.Following;
using Gal.V1;

namespace Gal.Cli.Views;

/// <summary>Plain lines, for a file, a pipe or a log: one for each thing that happened, and progress at most every fifteen seconds.</summary>
internal sealed class PlainRunView(TextWriter output, TimeProvider time) : IRunView
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(15);
    private readonly long _started = time.GetTimestamp();
    private long _lastProgress = time.GetTimestamp();

    /// <inheritdoc/>
    public async Task ShowAsync(Run run, RunTracker tracker, IAsyncEnumerable<RunEvent> events, CancellationToken cancellationToken)
    {
        await foreach (var runEvent in events.WithCancellation(cancellationToken))
        {
            tracker.Apply(runEvent);
            foreach (var line in Lines(runEvent, tracker))
            {
                await output.WriteLineAsync($"{RunTexts.Duration(time.GetElapsedTime(_started)),7}  {line}".AsMemory(), cancellationToken);
            }
            await output.FlushAsync(cancellationToken);
        }
    }

    private IEnumerable<string> Lines(RunEvent runEvent, RunTracker tracker)
    {
        var round = tracker.Rounds.FirstOrDefault(r => r.Number == runEvent.RoundNumber) ?? new Round();
        var head = $"Round {runEvent.RoundNumber} of {tracker.RoundCount}";
        return runEvent.EventCase switch
        {
            RunEvent.EventOneofCase.RoundStarted => [$"{head}: training on {RunTexts.Samples(round)}."],
            RunEvent.EventOneofCase.TrainingFinished => [$"{head}: trained {round.Losses.Count} steps, loss {round.Losses.FirstOrDefault():F4} → {round.Losses.LastOrDefault():F4}."],
            RunEvent.EventOneofCase.EvaluationFinished => [$"{head}: {RunTexts.Of(round.Evaluation)}."],
            RunEvent.EventOneofCase.SamplingFinished => [$"{head}: sampled {round.Anchors.Sum(anchor => anchor.Images.Count)} images along {RunTexts.Counted(round.Anchors.Count, "anchor")}."],
            RunEvent.EventOneofCase.ScoringFinished => Scores(head, round, tracker.Settings),
            RunEvent.EventOneofCase.SelectionMade when round.Selections.Count > 0 => [$"{head}: selected {RunTexts.Selections(round, tracker.Settings)}."],
            RunEvent.EventOneofCase.Stopped => [$"Stopped: {RunTexts.Of(runEvent.Stopped, tracker.Settings)}."],
            RunEvent.EventOneofCase.Warning => [$"Warning: {runEvent.Warning.Message}"],
            RunEvent.EventOneofCase.State => [$"The run {RunTexts.Sentence(runEvent.State)}."],
            RunEvent.EventOneofCase.ClassImagesFinished => [$"Made {RunTexts.Counted(runEvent.ClassImagesFinished.Images.Count, "class image")}."],
            RunEvent.EventOneofCase.TrainingProgress or RunEvent.EventOneofCase.SamplingProgress => Progress(head, tracker),
            _ => [],
        };
    }

    private static IEnumerable<string> Scores(string head, Round round, RunSettings settings) =>
    [
        $"{head}: openness {round.Openness:G4}; overfitted images and uncertainty an anchor:",
        .. RoundTable.Ranked(round).Select(anchor =>
            $"    {anchor.OverfitCount,3} of {anchor.OverfitFlags.Count}   U {anchor.Uncertainty:F3}   {settings.Subject.Anchors[anchor.AnchorIndex]}"),
    ];

    private string[] Progress(string head, RunTracker tracker)
    {
        var phase = tracker.Phases[^1];
        if (time.GetElapsedTime(_lastProgress) < ProgressInterval || phase.Total == 0)
        {
            return [];
        }
        _lastProgress = time.GetTimestamp();
        var (name, unit) = RunTexts.Of(phase.Phase);
        var state = phase.QueuePosition > 0 ? $"waiting behind {RunTexts.Counted(phase.QueuePosition, "job")}" : $"{phase.Done} of {phase.Total} {unit}";
        return [$"{head}: {name}, {state}{(phase.Left is { } left ? $", {RunTexts.Duration(left)} left" : "")}."];
    }
}
