using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Gal.V1;

/// <summary>A job as a resource: the part that generations and trainings share.</summary>
public interface IJobResource
{
    /// <summary>The resource's name, such as "trainings/0193…".</summary>
    string Name { get; set; }

    /// <summary>Where the job stands.</summary>
    JobState State { get; set; }

    /// <summary>Why it ended; set in FAILED and CANCELLED alone.</summary>
    Google.Rpc.Status Error { get; set; }

    /// <summary>What a user should know.</summary>
    RepeatedField<Warning> Warnings { get; }

    /// <summary>What its time was spent on.</summary>
    RepeatedField<WorkTime> WorkTimes { get; }

    /// <summary>The moment it was asked for.</summary>
    Timestamp CreateTime { get; set; }

    /// <summary>The moment it reached a terminal state.</summary>
    Timestamp EndTime { get; set; }
}
