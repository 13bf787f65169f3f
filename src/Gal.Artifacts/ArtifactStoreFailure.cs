namespace Gal.Artifacts;

/// <summary>Why a store failed.</summary>
public enum ArtifactStoreFailure
{
    /// <summary>The disk or quota is full. Nothing was stored; everything stored before is intact.</summary>
    DiskFull,

    /// <summary>The stored bytes no longer match their name.</summary>
    Corrupt,
}
