using System.Globalization;

namespace Gal.Benchmarks.Memory;

/// <summary>The most private memory that the process had, beside what it had at the beginning; looked at every two milliseconds. Mapped files do not count: the system takes them back when it needs to.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly long _begin = Private();
    private readonly Thread _thread;
    private volatile bool _isDone;
    private long _peak;

    public MemoryWatch()
    {
        _thread = new Thread(Look) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>In bytes.</summary>
    public long Peak => Interlocked.Read(ref _peak) - _begin;

    public void Dispose()
    {
        _isDone = true;
        _thread.Join();
    }

    private static long Private() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;

    private void Look()
    {
        while (!_isDone)
        {
            Interlocked.Exchange(ref _peak, Math.Max(_peak, Private()));
            Thread.CurrentThread.Join(2);
        }
    }
}
