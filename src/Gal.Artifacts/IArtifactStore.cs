namespace Gal.Artifacts;

/// <summary>Keeps bytes under the name of their content. Storing the same bytes twice gives the same name and keeps one copy.</summary>
public interface IArtifactStore
{
    /// <summary>Identifies the store: two services that name the same one can pass artifacts by name.</summary>
    string Name { get; }

    /// <summary>Stores everything from the stream's position to its end. When the task completes, the artifact survives a crash of the machine.</summary>
    /// <exception cref="ArtifactStoreException">The disk is full.</exception>
    Task<ArtifactId> PutAsync(Stream content, CancellationToken cancellationToken);

    /// <summary>Stores bytes. When the task completes, the artifact survives a crash of the machine.</summary>
    /// <exception cref="ArtifactStoreException">The disk is full.</exception>
    Task<ArtifactId> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Opens an artifact for reading, checked against its name; null if the store does not have it. The caller disposes the stream.</summary>
    /// <exception cref="ArtifactStoreException">The stored bytes no longer match the name.</exception>
    Task<Stream?> OpenAsync(ArtifactId id, CancellationToken cancellationToken);

    /// <summary>Whether the store has an artifact; its bytes are not looked at.</summary>
    Task<bool> ExistsAsync(ArtifactId id, CancellationToken cancellationToken);

    /// <summary>A file with exactly the artifact's bytes, to be read or mapped and never written; null if the store does not have it or keeps no files.</summary>
    /// <exception cref="ArtifactStoreException">The stored bytes no longer match the name.</exception>
    string? TryGetLocalPath(ArtifactId id);
}
