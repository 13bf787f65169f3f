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

    /// <summary>Loads a folder with config.json and weights.</summary>
    /// <exception cref="ModelConfigException">config.json is missing or another architecture's.</exception>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ.</exception>
    public static ClipVisionModel Load(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        var hasBothTowers = ModelConfig.Read<Dictionary<string, JsonElement>>(path).ContainsKey("vision_config");
        var (config, size) = hasBothTowers ? Towers(ClipConfig.Read(path)) : Alone(path);
        var model = new ClipVisionModel(config, size);
        using var checkpoint = Checkpoint.Open(folder);
        ModuleWeights.Load(model, checkpoint.Path, WeightNames.Clip(checkpoint.Tensors).Where(pair => !hasBothTowers || IsVision(pair.Key)).ToDictionary(StringComparer.Ordinal));
        model.eval();
        return model;

        static (ClipVisionConfig, int) Towers(ClipConfig both) => (both.VisionConfig, both.ProjectionDim);
        static (ClipVisionConfig, int) Alone(string path) => (ModelConfig.Read<ClipVisionConfig>(path), ModelConfig.Read<Projection>(path).ProjectionDim);
        static bool IsVision(string name) => name.StartsWith("vision_model.", StringComparison.Ordinal) || name == "visual_projection.weight";
    }

    /// <param name="pixels">[batch, 3, size, size], normalised with CLIP's mean and deviation. Borrowed.</param>
    /// <returns>[batch, projection], not normalised; the caller disposes it.</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return visual_projection.call(vision_model.call(pixels)).MoveToOuterDisposeScope();
    }

    private sealed record Projection(int ProjectionDim);
}
