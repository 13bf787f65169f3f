using System.Security.Cryptography;
using System.Text;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Reporting.Records;

/// <summary>The digest of a run's record: equal for equal runs, however long they took and however often they were interrupted.</summary>
public static class RecordDigest
{
    /// <summary>SHA-256, 64 lower-case hex digits, over the JSON of <see cref="WithoutTimes"/>.</summary>
    public static string Of(Run run) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(WithoutTimes(run)))));

    /// <summary>A copy of what the run's settings and machine determine: without names, times, devices, warnings, errors and the digest itself.</summary>
    public static Run WithoutTimes(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var record = run.Clone();
        record.Name = "";
        record.RecordDigest = "";
        record.LastSequenceNumber = 0;
        (record.CreateTime, record.EndTime, record.Error) = (null, null, null);
        record.Warnings.Clear();
        record.Devices.Clear();
        record.WorkTimes.Clear();
        foreach (var round in record.Rounds)
        {
            round.WorkTimes.Clear();
        }

        return record;
    }
}
