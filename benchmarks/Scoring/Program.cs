using BenchmarkDotNet.Running;
using Gal.Benchmarks.Scoring;

// dotnet run -c Release --project benchmarks/Scoring -- latency | bandwidth | wire | card
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
    case ["card"]:
        return Card.Report();
    default:
        Console.Error.WriteLine("Name what to measure: latency, bandwidth [rows], wire, or card.");
        return 2;
}
