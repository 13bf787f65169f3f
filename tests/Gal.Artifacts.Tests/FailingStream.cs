namespace Gal.Artifacts.Tests;

/// <summary>Gives or takes a few bytes, then fails.</summary>
internal sealed class FailingStream(Exception error, bool failOnWrite) : MemoryStream
{
    private bool _gave;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_gave)
        {
            throw error;
        }

        _gave = true;
        return ValueTask.FromResult(Math.Min(10, buffer.Length));
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        failOnWrite ? throw error : base.WriteAsync(buffer, cancellationToken);
}
