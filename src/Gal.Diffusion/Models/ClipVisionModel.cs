using System.Text.Json;
using Gal.Diffusion.Models.Clip;
using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models;

/// <summary>CLIP's vision tower with its projection (CLIPVisionModelWithProjection), the picture encoder of IP-Adapter. Also loads from a CLIP model with both towers.</summary>
public sealed class ClipVisionModel : nn.Module<Tensor, Tensor>
{
    internal readonly ClipVisionTransformer vision_model;
    internal readonly LinearLayer visual_projection;

    /// <summary>Makes the modules; their parameters are uninitialised.</summary>
    public ClipVisionModel(ClipVisionConfig config, int projectionSize)
        : base(nameof(ClipVisionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Check();
        vision_model = new ClipVisionTransformer(config);
        visual_projection = new LinearLayer(config.HiddenSize, projectionSize, hasBias: false);
        RegisterComponents();
    }

    /// <summary>What the model was made from.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Loads a tower.</summary>
    /// <param name="configPath">config.json of the tower, or of a CLIP model with both.</param>
    /// <param name="weightsPath">A safetensors file, an index of shards, or a folder with one of them.</param>
    /// <exception cref="ModelConfigException">The configuration is missing or another architecture's.</exception>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ.</exception>
    public static ClipVisionModel Load(string configPath, string weightsPath)
    {
        var (config, projectionSize, hasBothTowers) = ReadConfig(configPath);
        var model = new ClipVisionModel(config, projectionSize);
        try
        {
            using var checkpoint = Checkpoint.Open(weightsPath);
            ModuleWeights.Load(model, checkpoint.Path, WeightNames.Clip(checkpoint.Tensors).Where(pair => !hasBothTowers || IsVision(pair.Key)).ToDictionary(StringComparer.Ordinal));
        }
        catch
        {
            model.Dispose();
            throw;
        }
        model.eval();
        return model;

        static bool IsVision(string name) => name.StartsWith("vision_model.", StringComparison.Ordinal) || name == "visual_projection.weight";
    }

    /// <param name="pixels">[batch, 3, size, size], normalised with CLIP's mean and deviation. Borrowed.</param>
    /// <returns>[batch, projection], not normalised; the caller disposes it.</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return visual_projection.call(vision_model.call(pixels)).MoveToOuterDisposeScope();
    }

    /// <summary>Reads the tower's part of a config.json.</summary>
    /// <exception cref="ModelConfigException">It is missing, damaged or another architecture's.</exception>
    internal static (ClipVisionConfig Config, int ProjectionSize, bool HasBothTowers) ReadConfig(string path)
    {
        if (ModelConfig.Read<Dictionary<string, JsonElement>>(path).ContainsKey("vision_config"))
        {
            var both = ClipConfig.Read(path);
            return (both.VisionConfig, both.ProjectionDim, true);
        }
        return (ModelConfig.Read<ClipVisionConfig>(path, config => config.Check()), ModelConfig.Read<Projection>(path).ProjectionDim, false);
    }

    private sealed record Projection(int ProjectionDim);
}
