namespace Gal.Hosting.Jobs;

/// <summary>What a job's folder says about it beside its messages (job.json).</summary>
/// <param name="Id">The last part of the resource's name; sorts by time of creation.</param>
/// <param name="RequestId">The caller's name for the request; empty if it gave none.</param>
/// <param name="RequestHash">SHA-256 of the request, to tell a repetition from another request with the same id.</param>
/// <param name="CreateTime">The moment it was asked for.</param>
internal sealed record JobRecord(string Id, string RequestId, string RequestHash, DateTimeOffset CreateTime);
