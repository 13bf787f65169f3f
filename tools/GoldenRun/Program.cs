using System.Text.Json;
using Gal.GoldenRun;

if (args.Length != 2)
{
    Console.Error.WriteLine("GoldenRun RECORD.json GOLDEN-FOLDER: compares a run's record with the reference loop's reports, by the rules of the golden files' README.");
    return 2;
}

using var record = JsonDocument.Parse(File.ReadAllBytes(args[0]));
var rounds = RoundFacts.FromRecord(record.RootElement);
var comparisons = Directory.GetFiles(args[1], "report-*.json").Order(StringComparer.Ordinal).Select(path =>
{
    using var report = JsonDocument.Parse(File.ReadAllBytes(path));
    return (Name: Path.GetFileName(path), Result: Comparison.Of(RoundFacts.FromReport(report.RootElement), rounds));
}).ToList();

foreach (var (name, result) in comparisons)
{
    Console.WriteLine($"{name}: rounds compared: {result.ComparedRounds}");
    foreach (var line in result.Notes.Concat(result.Violations.Select(v => $"VIOLATION: {v}")))
    {
        Console.WriteLine($"  {line}");
    }
}

// Processors round differently: the record must be within the rules of one of the two references.
if (comparisons.Any(c => c.Result.Violations.Count == 0))
{
    Console.WriteLine("The record agrees with the reference loop.");
    return 0;
}

Console.WriteLine("The record agrees with none of the references.");
return 1;
