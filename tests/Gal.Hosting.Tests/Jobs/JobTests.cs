using Gal.Hosting.Jobs;
using Gal.Tests.Services;
using Gal.V1;
using Microsoft.Extensions.Time.Testing;

namespace Gal.Hosting.Tests.Jobs;

public sealed class JobTests : IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WatchAsync_IdleForThreeMinutes_HearsHeartbeatsAndThenTheEvent()
    {
        using var job = Create();
        job.ChangeState(JobState.Queued);
        job.Report(_ => new() { Progress = new() { Step = 7 } });
        await using var watching = job.WatchAsync(afterSequenceNumber: 1, Heartbeat, CancellationToken.None).GetAsyncEnumerator();

        for (var i = 0; i < 9; i++)
        {
            var next = watching.MoveNextAsync().AsTask();
            Assert.False(next.IsCompleted);
            _time.Advance(Heartbeat);
            Assert.True(await next.DefaultTimeout());
            Assert.Equal((0, 7), (watching.Current.SequenceNumber, watching.Current.Progress.Step));
        }

        job.Append([new TrainingEvent { SavedStep = 8 }]);
        Assert.True(await watching.MoveNextAsync().AsTask().DefaultTimeout());
        Assert.Equal((2, 8), (watching.Current.SequenceNumber, watching.Current.SavedStep));
    }

    [Fact]
    public async Task WatchAsync_SlowReader_SeesTheLatestProgressAlone()
    {
        using var job = Create();
        await using var watching = job.WatchAsync(0, Heartbeat, CancellationToken.None).GetAsyncEnumerator();
        var next = watching.MoveNextAsync().AsTask();

        job.Report(_ => new() { Progress = new() { Step = 1 } });
        Assert.True(await next.DefaultTimeout());
        for (var step = 2; step <= 1000; step++)
        {
            job.Report(_ => new() { Progress = new() { Step = step } });
        }

        Assert.True(await watching.MoveNextAsync().AsTask().DefaultTimeout());
        Assert.Equal(1000, watching.Current.Progress.Step);
    }

    [Fact]
    public async Task WatchAsync_AfterTheEnd_SendsTheRestAndCloses()
    {
        using var job = Create();
        job.ChangeState(JobState.Queued);
        job.ChangeState(JobState.Running);
        job.ChangeState(JobState.Succeeded);

        var states = new List<JobState>();
        await foreach (var item in job.WatchAsync(1, Heartbeat, CancellationToken.None))
        {
            states.Add(item.State);
        }

        Assert.Equal([JobState.Running, JobState.Succeeded], states);
    }

    private Job<CreateTrainingRequest, Training, TrainingEvent> Create()
    {
        var store = new JobStore<CreateTrainingRequest, Training, TrainingEvent>(_folder.Path);
        store.Create(new("a", "", "", _time.GetUtcNow()), new(), new());
        return new(store, "a", new(), new(), _time);
    }
}
