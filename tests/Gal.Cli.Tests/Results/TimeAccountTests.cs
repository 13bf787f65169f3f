using Gal.Cli.Results;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Cli.Tests.Results;

public sealed class TimeAccountTests
{
    private static WorkTime Work(WorkKind kind, double seconds) => new() { Kind = kind, Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)) };

    [Fact]
    public void Lines_AllKinds_AddUpToTheWallTime()
    {
        WorkTime[] work = [Work(WorkKind.Training, 30), Work(WorkKind.Denoising, 50), Work(WorkKind.Denoising, 5), Work(WorkKind.Decoding, 5), Work(WorkKind.Scoring, 2), Work(WorkKind.Loading, 3)];

        var lines = TimeAccount.Of(TimeSpan.FromSeconds(100), work, [], 0).Lines;

        Assert.Equal(["training", "denoising", "decoding", "scoring", "everything else"], lines.Select(line => line.Name));
        Assert.Equal([0.3, 0.55, 0.05, 0.02, 0.08], lines.Select(line => Math.Round(line.Share, 9)));
    }

    [Fact]
    public void Of_ResumedRun_LeavesOutWhatWasDoneBefore()
    {
        var account = TimeAccount.Of(TimeSpan.FromSeconds(10), [Work(WorkKind.Training, 30)], [Work(WorkKind.Training, 24)], 0);

        Assert.Equal(0.6, account.Lines[0].Share, 9);
    }

    [Fact]
    public void ToRunAccount_ForTheReport_KeepsWallWorkAndMemory()
    {
        var account = TimeAccount.Of(TimeSpan.FromSeconds(100), [Work(WorkKind.Denoising, 50), Work(WorkKind.Training, 30), Work(WorkKind.Denoising, 5)], [], 123).ToRunAccount();

        Assert.Equal((TimeSpan.FromSeconds(100), 123), (account.Wall, account.PeakMemoryBytes));
        Assert.Equal([Work(WorkKind.Denoising, 55), Work(WorkKind.Training, 30)], account.Work);
    }
}
