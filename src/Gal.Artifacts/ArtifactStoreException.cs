namespace Gal.Artifacts;

/// <summary>The store could not do what was asked; the message names the file, the cause and the remedy.</summary>
public sealed class ArtifactStoreException(ArtifactStoreFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>What failed, for programs.</summary>
    public ArtifactStoreFailure Failure { get; } = failure;
}
