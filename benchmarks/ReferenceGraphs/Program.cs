using Gal.Benchmarks.ReferenceGraphs;
using Gal.Diffusion.Runtime;
using TorchSharp;

if (args.Contains("--help"))
{
    Console.WriteLine("""
        Times the reference implementation's own graphs and ours, alternately in one process, and prints the ratio of the medians.

        dotnet run -c Release --project benchmarks/ReferenceGraphs [-- OPTIONS]
          --check           exit with status 1 if a ratio is over its limit
          --generate        instead of single calls, whole requests: 64 prompts to 64 pictures (default 3 rounds)
          --rounds N        timed calls of each (default 15; a tenth of the time for large batches)
          --only TEXT       only the rows whose name contains TEXT
          --run RECORD      a run's model work (its record.json, made on this machine) against the same counts of the reference's calls
          --threads N       libtorch's threads (default: all cores)
        """);
    return 0;
}

var info = TorchRuntime.EnsureLoaded();
if (Option("--threads") is { } threads)
{
    torch.set_num_threads(int.Parse(threads));
}

Console.WriteLine($"{info.ProcessorName}, {info.InstructionSet}, {torch.get_num_threads()} threads; {info.Summary}");
if (args.Contains("--generate"))
{
    using var generate = new GenerateComparison();
    return generate.Print(int.Parse(Option("--rounds") ?? "3")) || !args.Contains("--check") ? 0 : 1;
}

var rounds = int.Parse(Option("--rounds") ?? "15");
if (Option("--run") is { } record)
{
    return RunComparison.Print(record, rounds) > 1 && args.Contains("--check") ? 1 : 0;
}

var exceeded = false;
Console.WriteLine($"{"",-28}{"reference",14}{"ours",14}{"ratio",8}{"limit",8}   largest difference");
foreach (var comparison in Comparisons.All().Where(row => Option("--only") is not { } text || row.Name.Contains(text, StringComparison.OrdinalIgnoreCase)))
{
    using (comparison)
    {
        var result = comparison.Measure(rounds);
        exceeded |= result.Ratio > comparison.Limit;
        Console.WriteLine($"{comparison.Name,-28}{result.ReferenceMilliseconds,11:F2} ms{result.OurMilliseconds,11:F2} ms{result.Ratio,8:F2}{comparison.Limit,8:F2}   {result.LargestDifference:E1}");
    }
}

return exceeded && args.Contains("--check") ? 1 : 0;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var index && index + 1 < args.Length ? args[index + 1] : null;
