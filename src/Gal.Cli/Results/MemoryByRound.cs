using System.Diagnostics;

namespace Gal.Cli.Results;

/// <summary>Peak resident memory of this process, round by round: from round 2 on it must not grow.</summary>
/// <param name="firstRound">The round that is under way; 1 before the first.</param>
internal sealed class MemoryByRound(int firstRound)
{
    // "5" sets the peak back to what is resident now (proc(5)).
    private const string PeakReset = "/proc/self/clear_refs";
    private const string ResetPeak = "5";

    private readonly SortedDictionary<int, long> _peaks = [];
    private int _round = Math.Max(1, firstRound);

    /// <summary>Bytes at the peak of each round seen so far, the current one included.</summary>
    public IReadOnlyDictionary<int, long> Peaks
    {
        get
        {
            Close();
            return _peaks;
        }
    }

    /// <summary>Says that a round began. Rounds of an earlier process, told again, are passed over.</summary>
    public void Enter(int round)
    {
        if (round <= _round)
        {
            return;
        }
        Close();
        _round = round;
        Reset();
    }

    private void Close()
    {
        using var process = Process.GetCurrentProcess();
        _peaks[_round] = Math.Max(_peaks.GetValueOrDefault(_round), process.PeakWorkingSet64);
    }

    private static void Reset()
    {
        try
        {
            File.WriteAllText(PeakReset, ResetPeak);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Some containers forbid it; the peak is then that of all rounds so far, which still shows growth.
        }
    }
}
