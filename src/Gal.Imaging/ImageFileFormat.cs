namespace Gal.Imaging;

/// <summary>The file formats that are read.</summary>
public enum ImageFileFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG, baseline or progressive.</summary>
    Jpeg,

    /// <summary>WebP, lossy or lossless.</summary>
    WebP,
}
