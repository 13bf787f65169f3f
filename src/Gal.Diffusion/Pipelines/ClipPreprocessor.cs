using System.Text.Json;
using Gal.Diffusion.Runtime;
using Gal.Imaging;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>Pictures as CLIP's vision tower reads them: shortest edge resized, centre cropped, normalised by channel (preprocessor_config.json).</summary>
internal sealed class ClipPreprocessor
{
    /// <summary>The file beside a model's weights.</summary>
    public const string FileName = "preprocessor_config.json";

    private readonly int _size;
    private readonly float[] _mean;
    private readonly float[] _deviation;

    private ClipPreprocessor(int size, float[] mean, float[] deviation) => (_size, _mean, _deviation) = (size, mean, deviation);

    /// <summary>Reads a folder's preprocessor_config.json; without one, CLIP's own values at the tower's size.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or asks for another kind of preprocessing.</exception>
    public static ClipPreprocessor Load(string folder, int imageSize) =>
        Path.Combine(folder, FileName) is var path && File.Exists(path) ? Read(path, imageSize) : Read(null, imageSize);

    /// <summary>Reads a preprocessor_config.json; CLIP's own values for null.</summary>
    /// <inheritdoc cref="Load"/>
    public static ClipPreprocessor Read(string? path, int imageSize)
    {
        if (path is null)
        {
            return new ClipPreprocessor(imageSize, [0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);
        }

        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = config.RootElement;
            Require(path, "size", Side(root, "size", "shortest_edge"), imageSize);
            Require(path, "crop_size", Side(root, "crop_size", "height"), imageSize);
            Require(path, "resample", root.TryGetProperty("resample", out var filter) ? filter.GetInt32() : Bicubic, Bicubic);
            return new ClipPreprocessor(imageSize, Channels(root, "image_mean"), Channels(root, "image_std"));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    // Pillow's number of the filter.
    private const int Bicubic = 3;

    /// <summary>[batch, 3, size, size], float32; the caller disposes it.</summary>
    public Tensor Read(IReadOnlyList<RgbImage> pictures)
    {
        using var scope = NewDisposeScope();
        var pixels = PictureTensors.Unit([.. pictures.Select(picture => ImageResizer.ClipCrop(picture, _size))]);
        var (mean, deviation) = (tensor(_mean).reshape(1, 3, 1, 1), tensor(_deviation).reshape(1, 3, 1, 1));
        return (((pixels * (1.0 / 255).Held()) - mean) / deviation).contiguous().MoveToOuterDisposeScope();
    }

    private static int Side(JsonElement root, string name, string part)
    {
        var size = root.GetProperty(name);
        return size.ValueKind == JsonValueKind.Object ? size.GetProperty(part).GetInt32() : size.GetInt32();
    }

    private static float[] Channels(JsonElement root, string name)
    {
        var values = root.GetProperty(name).EnumerateArray().Select(value => value.GetSingle()).ToArray();
        return values.Length == 3 ? values : throw new FormatException($"{name} has {values.Length} values; it must have 3.");
    }

    private static void Require(string path, string field, int value, int expected)
    {
        if (value != expected)
        {
            throw new InvalidDataException($"{path}: {field} is {value}; it must be {expected} for this model.");
        }
    }
}
