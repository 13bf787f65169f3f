namespace Gal.Imaging;

/// <summary>What is wrong with a file that should be a picture.</summary>
public enum ImageDefect
{
    /// <summary>No PNG, JPEG or WebP file.</summary>
    UnknownFormat,

    /// <summary>Cut short or damaged.</summary>
    Corrupt,

    /// <summary>Fewer pixels than asked for.</summary>
    TooSmall,

    /// <summary>More pixels than allowed; refused before decoding.</summary>
    TooLarge,
}
