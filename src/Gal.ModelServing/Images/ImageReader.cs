using Gal.Artifacts;
using Gal.Hosting.Errors;
using Gal.Imaging;
using Gal.V1;

namespace Gal.ModelServing.Images;

/// <summary>Turns the contract's pictures into pixels.</summary>
public sealed class ImageReader(IArtifactStore artifacts, ModelServiceOptions options)
{
    private readonly ImageLimits _limits = new(MinSide: 1, options.ImagePixelCount);

    /// <summary>Reads and decodes a picture.</summary>
    /// <param name="image">Bytes or an artifact.</param>
    /// <param name="field">Where it stands in the request: "images[3]".</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND for an artifact that is not here; INVALID_ARGUMENT for bytes that are no picture, or too large a one.</exception>
    public async Task<RgbImage> ReadAsync(Image image, string field, CancellationToken cancellationToken)
    {
        var bytes = image.SourceCase == Image.SourceOneofCase.Artifact ? await ReadArtifactAsync(image.Artifact, field, cancellationToken) : image.Data.Memory;
        try
        {
            return ImageDecoder.Decode(bytes, _limits);
        }
        catch (ImageFormatException e)
        {
            throw RpcErrors.InvalidFields([(field, $"{field} is no picture that can be read: {e.Message}", "IMAGE_UNREADABLE")]);
        }
    }

    /// <summary>Refuses a picture that is not here.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND for an artifact that is not here.</exception>
    public async Task CheckExistsAsync(Image image, string field, CancellationToken cancellationToken)
    {
        if (image.SourceCase == Image.SourceOneofCase.Artifact && !await artifacts.ExistsAsync(ArtifactId.Parse(image.Artifact), cancellationToken))
        {
            throw Absent(image.Artifact, field);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadArtifactAsync(string name, string field, CancellationToken cancellationToken) =>
        await artifacts.ReadAsync(ArtifactId.Parse(name), cancellationToken) ?? throw Absent(name, field);

    private static Grpc.Core.RpcException Absent(string name, string field) =>
        RpcErrors.NotFound("artifacts", name, $"{field} names {name}, which is not here; send it through gal.v1.ArtifactService/UploadArtifact first.");
}
