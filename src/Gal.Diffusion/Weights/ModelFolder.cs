using System.Text.Json;
using System.Text.Json.Nodes;
using Gal.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>A Stable Diffusion 1.x pipeline in Hugging Face layout: one folder a part, each with its config.json and weights.</summary>
public sealed class ModelFolder
{
    private const string DiffusersWeights = "diffusion_pytorch_model.safetensors";
    private const string TransformersWeights = "model.safetensors";
    private const string IndexName = "model_index.json";
    private static readonly string[] WeightsEndings = [".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".ckpt", ".pt", ".pth", ".msgpack", ".h5", ".onnx"];
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" };

    private ModelFolder(string path, UNetConfig unet, AutoencoderKlConfig vae, ClipTextConfig textEncoder) => (Path, Unet, Vae, TextEncoder) = (path, unet, vae, textEncoder);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>unet/config.json.</summary>
    public UNetConfig Unet { get; }

    /// <summary>vae/config.json.</summary>
    public AutoencoderKlConfig Vae { get; }

    /// <summary>text_encoder/config.json.</summary>
    public ClipTextConfig TextEncoder { get; }

    /// <summary>The folder with vocab.json and merges.txt.</summary>
    public string TokenizerPath => Part("tokenizer");

    /// <summary>The noise schedule that the model was trained with.</summary>
    public string SchedulerConfigPath => Part("scheduler", "scheduler_config.json");

    /// <summary>A CLIP model with both towers beside the pipeline, the scorer of the shipped model; null where there is none.</summary>
    public string? ClipPath => File.Exists(Part("clip", "config.json")) ? Part("clip") : null;

    /// <summary>A CLIP vision tower, which reads an IP-Adapter's pictures: image_encoder, or else the model's clip; null where there is neither.</summary>
    public string? ImageEncoderPath => File.Exists(Part("image_encoder", "config.json")) ? Part("image_encoder") : ClipPath;

    /// <summary>Reads the configurations; weights are read when a part is loaded.</summary>
    /// <exception cref="ModelConfigException">The folder or one of its files is missing, damaged, or another architecture's.</exception>
    public static ModelFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            throw new ModelConfigException($"There is no model folder {path}. It needs unet, vae, text_encoder, tokenizer and scheduler in Hugging Face layout.");
        }
        string Config(string part) => System.IO.Path.Combine(path, part, "config.json");
        return new ModelFolder(path, UNetConfig.Read(Config("unet")), AutoencoderKlConfig.Read(Config("vae")), ClipTextConfig.Read(Config("text_encoder")));
    }

    /// <summary>Loads the UNet, from another checkpoint than the folder's own if given.</summary>
    /// <param name="dtype">float32 unless said; master weights for training are float32.</param>
    /// <param name="device">The CPU unless said.</param>
    /// <param name="checkpoint">A safetensors file with the UNet's names.</param>
    /// <exception cref="CheckpointMismatchException">The weights are not those of the configuration.</exception>
    public UNet2DConditionModel LoadUnet(ScalarType dtype = ScalarType.Float32, Device? device = null, string? checkpoint = null) =>
        Prepare(new UNet2DConditionModel(Unet), dtype, device, model => model.LoadWeights(checkpoint ?? Part("unet")));

    /// <summary>Loads the autoencoder.</summary>
    /// <inheritdoc cref="LoadUnet"/>
    public AutoencoderKl LoadVae(ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Prepare(new AutoencoderKl(Vae), dtype, device, model => model.LoadWeights(Part("vae")));

    /// <summary>Loads the text encoder.</summary>
    /// <inheritdoc cref="LoadUnet"/>
    public ClipTextModel LoadTextEncoder(ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Prepare(new ClipTextModel(TextEncoder), dtype, device, model => model.LoadWeights(Part("text_encoder")));

    /// <summary>Loads a CLIP model with both towers from a folder with config.json and weights.</summary>
    /// <inheritdoc cref="LoadUnet"/>
    public static ClipModel LoadClip(string path, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Prepare(new ClipModel(ClipConfig.Read(System.IO.Path.Combine(path, "config.json"))), dtype, device, model => model.LoadWeights(path));

    /// <summary>Writes a copy of this pipeline with other weights: the files that are not replaced are copied.</summary>
    /// <param name="target">Made if it does not exist.</param>
    /// <param name="unet">Replaces the UNet. Borrowed.</param>
    /// <param name="textEncoder">Replaces the text encoder. Borrowed.</param>
    /// <exception cref="IOException">The disk is full or the target cannot be written.</exception>
    public void SaveAs(string target, UNet2DConditionModel? unet = null, ClipTextModel? textEncoder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        Copy(target, (part, isWeights) => !isWeights || !((part == "unet" && unet is not null) || (part == "text_encoder" && textEncoder is not null)));
        Save(unet, System.IO.Path.Combine(target, "unet", DiffusersWeights));
        Save(textEncoder, System.IO.Path.Combine(target, "text_encoder", TransformersWeights));
    }

    /// <summary>Writes a copy whose floating-point weights have another type; sharded parts become one file each.</summary>
    /// <param name="target">Made if it does not exist.</param>
    /// <param name="dtype">The type of every part's weights.</param>
    /// <exception cref="IOException">The disk is full or the target cannot be written.</exception>
    /// <exception cref="FileNotFoundException">A part has no weights; nothing was written.</exception>
    /// <exception cref="SafetensorsException">A part's file is damaged or pickled, or a value is too large for float16.</exception>
    public void CopyAs(string target, ScalarType dtype)
    {
        foreach (var part in (string[])["unet", "vae", "text_encoder"])
        {
            Checkpoint.Open(Part(part)).Dispose();
        }
        CopyWithoutWeights(target);
        foreach (var folder in Directory.EnumerateDirectories(Path).Where(folder => Directory.EnumerateFiles(folder).Any(IsWeights)))
        {
            var part = System.IO.Path.GetFileName(folder);
            using var weights = Checkpoint.Open(folder);
            SafetensorsWriter.Write(System.IO.Path.Combine(target, part, part is "unet" or "vae" ? DiffusersWeights : TransformersWeights), weights.Tensors, TorchFormat, dtype);
        }
    }

    /// <summary>Copies configurations, tokenizer and scheduler.</summary>
    internal void CopyWithoutWeights(string target) => Copy(target, (_, isWeights) => !isWeights);

    /// <summary>Copies configurations, tokenizer and scheduler of the pipeline alone: without parts whose weights nobody writes, such as a safety checker or a CLIP that scores.</summary>
    internal void CopyPipelineWithoutWeights(string target)
    {
        string[] others = [.. Directory.EnumerateDirectories(Path)
            .Where(folder => Directory.EnumerateFiles(folder).Any(IsWeights))
            .Select(folder => System.IO.Path.GetFileName(folder))
            .Where(part => part is not ("unet" or "vae" or "text_encoder"))];
        Copy(target, (part, isWeights) => !isWeights && !others.Contains(part));
        LeaveOut(others, System.IO.Path.Combine(target, IndexName));
    }

    // diffusers loads what the index lists; [null, null] is its way to say that a part is absent.
    private static void LeaveOut(string[] parts, string indexPath)
    {
        if (File.Exists(indexPath) && JsonNode.Parse(File.ReadAllBytes(indexPath)) is JsonObject index && parts.Where(index.ContainsKey).ToList() is { Count: > 0 } listed)
        {
            listed.ForEach(part => index[part] = new JsonArray(null, null));
            File.WriteAllText(indexPath, index.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        }
    }

    private void Copy(string target, Func<string, bool, bool> isWanted)
    {
        foreach (var source in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            var relative = System.IO.Path.GetRelativePath(Path, source);
            if (isWanted(relative.Split(System.IO.Path.DirectorySeparatorChar)[0], IsWeights(relative)))
            {
                var destination = System.IO.Path.Combine(target, relative);
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(destination)!);
                File.Copy(source, destination, overwrite: true);
            }
        }
    }

    // Other tools' forms count too, so that they neither travel along nor win over what is written.
    private static bool IsWeights(string path) => Array.Exists(WeightsEndings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static void Save(nn.Module? model, string path)
    {
        if (model is not null)
        {
            SafetensorsWriter.Write(path, model.state_dict(), TorchFormat);
        }
    }

    private static T Prepare<T>(T model, ScalarType dtype, Device? device, Action<T> load)
        where T : nn.Module
    {
        try
        {
            // Converted before it is filled, so that half a model is never held in two types.
            model.to(dtype);
            if (device is not null && device.type != DeviceType.CPU)
            {
                model.to(device);
            }
            load(model);
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private string Part(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);
}
