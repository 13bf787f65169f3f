namespace Gal.V1;

/// <summary>A request that makes a job: the part that all of them share.</summary>
public interface IJobRequest
{
    /// <summary>The caller's name for the request; empty if it gave none.</summary>
    string RequestId { get; set; }
}
