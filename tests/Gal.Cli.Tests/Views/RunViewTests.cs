using System.Text.Json;
using Gal.Cli.Following;
using Gal.Cli.Views;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace Gal.Cli.Tests.Views;

public sealed class RunViewTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    private RunTracker Tracker => new(RecordedRun.Settings, _time);

    [Fact]
    public async Task Plain_WholeRun_SaysWhatHappenedInOrder()
    {
        await new PlainRunView(_output, _time).ShowAsync(RecordedRun.Run, Tracker, RecordedRun.PlayAsync(() => _time.Advance(TimeSpan.FromSeconds(10))), default);

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("   0:10  The run is at work.", lines[0]);
        Assert.Equal("   0:20  Round 1 of 2: training on 1 reference.", lines[1]);
        Assert.Equal("   0:30  Round 1 of 2: training, 1 of 4 steps.", lines[2]);
        Assert.Equal("   0:50  Round 1 of 2: trained 4 steps, loss 0.2000 → 0.0500.", lines[3]);
        Assert.Equal("   1:00  Round 1 of 2: evaluating, 3 of 15 denoising steps.", lines[4]);
        Assert.Equal("   1:10  Round 1 of 2: TXT-ALN 0.453 [0.431, 0.475], IMG-ALN 0.549 [0.500, 0.600], OVF 0.500 [0.400, 0.600] over 80 images.", lines[5]);
        Assert.Contains("   1:30  Round 1 of 2: sampled 12 images along 3 anchors.", lines);
        Assert.Contains("   1:50  Round 1 of 2: selected a [drum] in ink style (image 3, w 0.00209).", lines);
        Assert.Equal("   2:50  The run has succeeded.", lines[^1]);
        Assert.Equal("   2:40  Stopped: the last of 2 rounds was trained.", lines[^2]);
    }

    [Fact]
    public async Task Plain_Scores_AreInTheRecordedOrder()
    {
        await new PlainRunView(_output, _time).ShowAsync(RecordedRun.Run, Tracker, RecordedRun.PlayAsync(), default);

        var scores = _output.ToString().Split('\n').Where(line => line.Contains(" U 0.")).Select(line => line[line.IndexOf(" of ", StringComparison.Ordinal)..].Trim()).ToArray();
        Assert.Equal(["of 4   U 0.693   a [drum] in ink style", "of 4   U 0.562   a chair in ink style", "of 4   U 0.000   a tie in ink style"], scores);
    }

    [Fact]
    public async Task Json_WholeRun_IsOneObjectAnEvent()
    {
        await new JsonRunView(_output).ShowAsync(RecordedRun.Run, Tracker, RecordedRun.PlayAsync(), default);

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(RecordedRun.Events.Count, lines.Length);
        using var last = JsonDocument.Parse(lines[^1]);
        Assert.Equal("JOB_STATE_SUCCEEDED", last.RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Live_WholeRun_LeavesTheRoundsOnTheScreen()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(_output) });
        console.Profile.Width = 120;

        await new LiveRunView(console, TimeProvider.System).ShowAsync(RecordedRun.Run, Tracker, RecordedRun.PlayAsync(), default);

        var screen = _output.ToString();
        Assert.Contains("Round 1 trained on 1 reference, loss 0.2000 → 0.0500", screen);
        Assert.Contains("a [drum] in ink style", screen);
        Assert.Contains("█████░░░░░ 2/4", screen);
        Assert.Contains("● image 3, w 0.00209", screen);
        Assert.Contains("Round 2 trained on 1 reference and 1 selected image", screen);
        Assert.Contains("Warning: The prompt", screen);
        Assert.Contains("Stopped: the last of 2 rounds was trained.", screen);
    }
}
