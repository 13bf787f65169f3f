namespace Gal.Artifacts;

/// <summary>Conveniences over any store.</summary>
public static class ArtifactStoreExtensions
{
    /// <summary>Reads a whole artifact; null if the store does not have it.</summary>
    /// <exception cref="ArtifactStoreException">The stored bytes no longer match the name.</exception>
    public static async Task<byte[]?> ReadAsync(this IArtifactStore store, ArtifactId id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        await using var stream = await store.OpenAsync(id, cancellationToken);
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
