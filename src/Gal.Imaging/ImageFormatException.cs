namespace Gal.Imaging;

/// <summary>A file is not a picture that can be used; the message says what is wrong with it and what would do.</summary>
public sealed class ImageFormatException(string message, ImageDefect defect, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What is wrong, for programs.</summary>
    public ImageDefect Defect { get; } = defect;
}
