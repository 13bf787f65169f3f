namespace Gal.Coordination.Driving;

/// <summary>A lock on a run that no two processes hold at once. It ends with the process, however that ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null if another process, or this one, has it.</summary>
    public static RunLock? TryTake(string folder, string runId)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new(new FileStream(Path.Combine(folder, runId), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (!Hosting.Errors.ErrorMapper.IsDiskFull(e))
        {
            return null;
        }
    }

    /// <summary>Whether somebody holds the lock.</summary>
    public static bool IsTaken(string folder, string runId)
    {
        if (!File.Exists(Path.Combine(folder, runId)))
        {
            return false;
        }

        using var mine = TryTake(folder, runId);
        return mine is null;
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _file.Dispose();
}
