using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Pipelines;

/// <summary>The files of a CLIP vision tower with its projection, which reads an IP-Adapter's pictures.</summary>
/// <param name="ConfigPath">config.json of a CLIPVisionModelWithProjection, or of a CLIP model with both towers.</param>
/// <param name="WeightsPath">A safetensors file or an index of shards.</param>
/// <param name="PreprocessorPath">preprocessor_config.json; null for CLIP's own values.</param>
public sealed record ImageEncoderFiles(string ConfigPath, string WeightsPath, string? PreprocessorPath = null)
{
    private const string ConfigName = "config.json";
    private const string ProjectionName = "visual_projection.weight";

    /// <summary>Finds the files in a folder of Hugging Face's layout.</summary>
    /// <exception cref="ModelConfigException">There is no such folder, or no config.json in it.</exception>
    /// <exception cref="FileNotFoundException">There are no weights in it.</exception>
    /// <exception cref="SafetensorsException">The weights are damaged or pickled.</exception>
    public static ImageEncoderFiles In(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var config = Path.Combine(folder, ConfigName);
        if (!File.Exists(config))
        {
            throw new ModelConfigException($"There is no {config}. An image encoder is a folder with {ConfigName} and model.safetensors, a CLIP vision tower with its projection.");
        }
        var preprocessor = Path.Combine(folder, ClipPreprocessor.FileName);
        using var weights = Checkpoint.Open(folder);
        return new ImageEncoderFiles(config, weights.Path, File.Exists(preprocessor) ? preprocessor : null);
    }

    /// <summary>Finds the files of a model's own tower: image_encoder, or else clip.</summary>
    /// <exception cref="ModelConfigException">The model has neither.</exception>
    /// <inheritdoc cref="In"/>
    public static ImageEncoderFiles Of(ModelFolder model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return In(model.ImageEncoderPath ?? throw new ModelConfigException(
            $"{model.Path} has no image_encoder folder and no clip folder: an IP-Adapter reads pictures with the CLIP vision tower that it was trained with. Give one (--image-encoder FOLDER of gal generate, ip_adapter.image_encoder of a request), or put its {ConfigName} and model.safetensors into {Path.Combine(model.Path, "image_encoder")}."));
    }

    /// <summary>Checks the configuration, the preprocessing and the weights' header, and says how wide the embeddings of pictures are.</summary>
    /// <exception cref="ModelConfigException">The configuration is damaged, another architecture's, or another width than the weights'.</exception>
    /// <exception cref="InvalidDataException">The preprocessing is damaged or another kind of.</exception>
    /// <exception cref="SafetensorsException">The weights are damaged, pickled, or no vision tower's.</exception>
    public long ReadWidth()
    {
        var (config, projectionSize, _) = ClipVisionModel.ReadConfig(ConfigPath);
        ClipPreprocessor.Read(PreprocessorPath, config.ImageSize);
        using var weights = Checkpoint.Open(WeightsPath);
        if (!weights.Tensors.TryGetValue(ProjectionName, out var projection) || projection.Shape.Count != 2)
        {
            throw new SafetensorsException(weights.Path, $"this is no CLIP vision tower with its projection (CLIPVisionModelWithProjection): it has no matrix {ProjectionName}.");
        }
        return projection.Shape[0] == projectionSize
            ? projectionSize
            : throw new ModelConfigException($"{ConfigPath}: projection_dim is {projectionSize}, and {ProjectionName} in {weights.Path} has {projection.Shape[0]} rows; they must be equal.");
    }
}
