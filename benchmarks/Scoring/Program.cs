using BenchmarkDotNet.Running;
using Gal.Benchmarks.Scoring;
using Gal.Tests;

// dotnet run -c Release --project benchmarks/Scoring -- latency | bandwidth | wire | images | replicas | card
switch (args)
{
    case ["latency", ..]:
        BenchmarkRunner.Run<RoundLatency>(args: args[1..]);
        return 0;
    case ["bandwidth"]:
        Bandwidth.Report(rowCount: 1_000_000);
        return 0;
    case ["bandwidth", var rows]:
        Bandwidth.Report(int.Parse(rows));
        return 0;
    case ["wire"]:
        await Wire.ReportAsync(callCount: 2000);
        return 0;
    case ["images"]:
        await ImageThroughput.ReportAsync(Repository.EmojiModel, Path.Combine(Repository.EmojiModel, "clip"));
        return 0;
    case ["images", "vit-b-32"]:
        await ImageThroughput.ReportVitB32Async();
        return 0;
    case ["images", var clipFolder]:
        await ImageThroughput.ReportAsync(clipFolder, clipFolder);
        return 0;
    case ["replicas"]:
        await Replicas.ReportAsync();
        return 0;
    case ["card"]:
        return Card.Report();
    default:
        Console.Error.WriteLine("Name what to measure: latency, bandwidth [rows], wire, images [vit-b-32 or a CLIP folder], replicas, or card.");
        return 2;
}
