using Gal.Imaging;

namespace Gal.Scoring.Embedding;

/// <summary>CLIP's two towers; the seam in front of torch.</summary>
internal interface IClipEncoder
{
    /// <summary>Features a row.</summary>
    Task<int> GetDimensionAsync(string modelFolder, CancellationToken cancellationToken);

    /// <summary>Pixels of a side of the square that the image tower reads.</summary>
    Task<int> GetImageSideAsync(string modelFolder, CancellationToken cancellationToken);

    /// <summary>Features of pictures of any size; those of the tower's own size are read as they are.</summary>
    /// <returns>[pictures, dimension], each row of length 1.</returns>
    Task<FeatureRows> EmbedImagesAsync(string modelFolder, IReadOnlyList<RgbImage> images, CancellationToken cancellationToken);

    /// <summary>Features of texts. A text's bits do not depend on the other texts.</summary>
    /// <returns>One per text, in order.</returns>
    Task<IReadOnlyList<TextFeatures>> EmbedTextsAsync(string modelFolder, IReadOnlyList<string> texts, CancellationToken cancellationToken);

    /// <summary>Rows put below each other: on the device if all of them are there, else in host memory.</summary>
    /// <param name="parts">One or more, of the same dimension. Borrowed.</param>
    /// <param name="cancellationToken">Gives up waiting for the device.</param>
    Task<FeatureRows> JoinAsync(IReadOnlyList<FeatureRows> parts, CancellationToken cancellationToken);
}
