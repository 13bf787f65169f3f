using Gal.Hosting.Jobs;
using Gal.Tests.Services;
using Gal.V1;

namespace Gal.Hosting.Tests.Jobs;

public sealed class EventLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.Combine("events.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_CutAtEveryByte_GivesTheWholeEventsBeforeTheCut()
    {
        using (var log = EventLog<TrainingEvent>.Open(Path, out _))
        {
            log.Append([Event(1), Event(2)]);
            log.Append([Event(3)]);
        }

        var whole = File.ReadAllBytes(Path);
        var counts = new List<int>();
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            using (EventLog<TrainingEvent>.Open(Path, out var events))
            {
                Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.SequenceNumber));
                counts.Add(events.Count);
            }
        }

        Assert.Equal([0, 1, 2, 3], counts.Distinct());
    }

    [Fact]
    public void Append_AfterATornRecord_ContinuesBehindTheLastWholeOne()
    {
        using (var log = EventLog<TrainingEvent>.Open(Path, out _))
        {
            log.Append([Event(1), Event(2)]);
        }

        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..^1]);
        using (var log = EventLog<TrainingEvent>.Open(Path, out var events))
        {
            Assert.Single(events);
            log.Append([Event(2)]);
        }

        Assert.Equal([Event(1), Event(2)], EventLog<TrainingEvent>.Read(Path));
    }

    [Fact]
    public void Open_FlippedBit_EndsBeforeTheDamagedEvent()
    {
        using (var log = EventLog<TrainingEvent>.Open(Path, out _))
        {
            log.Append([Event(1), Event(2)]);
        }

        var bytes = File.ReadAllBytes(Path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(Path, bytes);

        Assert.Equal([Event(1)], EventLog<TrainingEvent>.Read(Path));
    }

    private static TrainingEvent Event(long number) => new() { SequenceNumber = number, SavedStep = (int)number * 10 };
}
