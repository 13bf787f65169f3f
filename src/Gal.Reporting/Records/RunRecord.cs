using System.Text.Json;
using System.Text.Json.Nodes;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Reporting.Records;

/// <summary>record.json: everything that is needed to replay a run and to see that a replay is the same.</summary>
/// <param name="Run">Settings, pools, scores, choices and metrics; what <see cref="RecordDigest.WithoutTimes"/> leaves.</param>
/// <param name="Digest">SHA-256 of <paramref name="Run"/>; equal runs have equal digests.</param>
/// <param name="About">What differs between equal runs: name, times, devices, warnings; no settings and no rounds' results.</param>
public sealed record RunRecord(Run Run, string Digest, Run About)
{
    private const string FormatName = "gal.run-record.v1";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>The record of a run.</summary>
    public static RunRecord Of(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var about = new Run { Name = run.Name, State = run.State, Error = run.Error, CreateTime = run.CreateTime, EndTime = run.EndTime, LastSequenceNumber = run.LastSequenceNumber };
        about.Warnings.AddRange(run.Warnings);
        about.Devices.AddRange(run.Devices);
        about.WorkTimes.AddRange(run.WorkTimes);
        about.Rounds.AddRange(run.Rounds.Select(r => new Round { Number = r.Number, WorkTimes = { r.WorkTimes } }));
        return new RunRecord(RecordDigest.WithoutTimes(run), RecordDigest.Of(run), about);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">No record, or its digest does not fit its content: it was changed.</exception>
    public static RunRecord Parse(string json)
    {
        JsonObject root;
        try
        {
            root = JsonNode.Parse(json) as JsonObject ?? throw new FormatException("The record is no JSON object.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"The record is no JSON: {error.Message}", error);
        }

        if ((string?)root["format"] != FormatName || root["run"] is not { } run || root["about"] is not { } about)
        {
            throw new FormatException($"The record's format is \"{root["format"]}\"; this version reads \"{FormatName}\".");
        }

        var record = new RunRecord(Parser.Parse<Run>(run.ToJsonString()), (string?)root["digest"] ?? "", Parser.Parse<Run>(about.ToJsonString()));
        var digest = RecordDigest.Of(record.Run);
        return digest == record.Digest ? record : throw new FormatException($"The record's digest is {record.Digest}, but its content has {digest}: it was changed.");
    }

    /// <summary>The record as indented JSON.</summary>
    /// <param name="account">What the run cost the process that drove it, if known; not read back.</param>
    public string ToJson(RunAccount? account = null)
    {
        var root = new JsonObject
        {
            ["format"] = FormatName,
            ["digest"] = Digest,
            ["run"] = JsonNode.Parse(JsonFormatter.Default.Format(Run)),
            ["about"] = JsonNode.Parse(JsonFormatter.Default.Format(About)),
        };
        if (account is not null)
        {
            root["cost"] = new JsonObject
            {
                ["wallSeconds"] = account.Wall.TotalSeconds,
                ["workSeconds"] = new JsonObject(account.Work.GroupBy(w => w.Kind).Select(g => KeyValuePair.Create(g.Key.ToString(), (JsonNode?)g.Sum(w => w.Duration.ToTimeSpan().TotalSeconds)))),
                ["peakMemoryBytesByRound"] = new JsonObject(account.PeakMemoryByRound.Select(p => KeyValuePair.Create($"{p.Key}", (JsonNode?)p.Value))),
            };
        }
        return root.ToJsonString(Indented);
    }
}
