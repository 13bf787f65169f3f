using Google.Protobuf.WellKnownTypes;

namespace Gal.V1;

/// <summary>An event of a job: the part that generations and trainings share.</summary>
public interface IJobEvent
{
    /// <summary>Ascending from 1 within a job; 0 on an event that is not kept.</summary>
    long SequenceNumber { get; set; }

    /// <summary>When it happened.</summary>
    Timestamp EventTime { get; set; }

    /// <summary>The new state; UNSPECIFIED on an event of another kind. Setting it makes this a change of state.</summary>
    JobState State { get; set; }

    /// <summary>Something to know; null on an event of another kind. Setting it makes this a warning.</summary>
    Warning Warning { get; set; }
}
