using Gal.Diffusion.Models;
using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>The whole pipeline in one safetensors file with CompVis' names, in and out. Values are kept bit by bit unless another type is asked for.</summary>
public static class SingleFile
{
    private static readonly string[] Parts = ["model.diffusion_model.", "first_stage_model.", "cond_stage_model."];

    /// <summary>Whether a safetensors file holds a whole pipeline under CompVis' names; reads its header alone.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="SafetensorsException">The file is damaged or pickled.</exception>
    public static bool IsOne(string path)
    {
        using var file = Checkpoint.Open(path);
        return file.Tensors.Keys.Any(name => Array.Exists(Parts, part => name.StartsWith(part, StringComparison.Ordinal)));
    }

    /// <summary>Writes a folder's UNet, autoencoder and text encoder into one file.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="dtype">What floating-point tensors become; null keeps each as it is.</param>
    /// <exception cref="CheckpointMismatchException">A part's weights are not those of its configuration.</exception>
    public static void Export(ModelFolder folder, string path, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using var unet = Checkpoint.Open(Path.Combine(folder.Path, "unet"));
        using var vae = Checkpoint.Open(Path.Combine(folder.Path, "vae"));
        using var text = Checkpoint.Open(Path.Combine(folder.Path, "text_encoder"));
        var names = Names.Of(folder);
        var tensors = new List<KeyValuePair<string, StoredTensor>>();
        tensors.AddRange(Renamed(unet.Path, unet.Tensors, names.Unet));
        tensors.AddRange(Renamed(vae.Path, WeightNames.Vae(vae.Tensors), names.Vae).Select(pair => KeyValuePair.Create(pair.Key, names.Widened.Contains(pair.Key) ? pair.Value.Reshaped([.. pair.Value.Shape, 1, 1]) : pair.Value)));
        tensors.AddRange(Renamed(text.Path, WeightNames.ClipText(text.Tensors), names.Text));
        SafetensorsWriter.Write(path, tensors, dtype: dtype);
    }

    /// <summary>Writes a single file's tensors as a pipeline folder.</summary>
    /// <param name="path">The single file.</param>
    /// <param name="template">Gives configurations, tokenizer and scheduler: a folder of the same architecture, its weights are not read.</param>
    /// <param name="target">Made if it does not exist.</param>
    /// <param name="dtype">What floating-point tensors become; null keeps each as it is.</param>
    /// <exception cref="CheckpointMismatchException">The file holds other tensors than the template's architecture needs.</exception>
    public static void Import(string path, ModelFolder template, string target, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        using var file = Checkpoint.Open(path);
        var names = Names.Of(template);
        var stored = file.Tensors.Where(pair => !CompVisNames.IsIgnored(pair.Key)).ToDictionary(StringComparer.Ordinal);
        var needed = names.Unet.Values.Concat(names.Vae.Values).Concat(names.Text.Values).ToHashSet(StringComparer.Ordinal);
        Require(file.Path, missing: needed.Where(name => !stored.ContainsKey(name)), unexpected: stored.Keys.Where(name => !needed.Contains(name)));
        template.CopyPipelineWithoutWeights(target);
        WritePart(target, "unet", "diffusion_pytorch_model.safetensors", names.Unet.ToDictionary(pair => pair.Key, pair => stored[pair.Value]), dtype);
        WritePart(target, "vae", "diffusion_pytorch_model.safetensors", names.Vae.ToDictionary(pair => pair.Key, pair => Narrowed(stored[pair.Value], names.Widened.Contains(pair.Value))), dtype);
        WritePart(target, "text_encoder", "model.safetensors", names.Text.ToDictionary(pair => pair.Key, pair => stored[pair.Value]), dtype);
    }

    private static StoredTensor Narrowed(StoredTensor stored, bool isWidened) => isWidened && stored.Shape.Count == 4 ? stored.Reshaped([.. stored.Shape.Take(2)]) : stored;

    private static void WritePart(string target, string part, string fileName, Dictionary<string, StoredTensor> tensors, ScalarType? dtype) =>
        SafetensorsWriter.Write(Path.Combine(target, part, fileName), tensors, new Dictionary<string, string> { ["format"] = "pt" }, dtype);

    private static IEnumerable<KeyValuePair<string, StoredTensor>> Renamed(string path, IReadOnlyDictionary<string, StoredTensor> stored, Dictionary<string, string> names)
    {
        Require(path, missing: names.Keys.Where(name => !stored.ContainsKey(name)), unexpected: stored.Keys.Where(name => !names.ContainsKey(name)));
        return names.Select(pair => KeyValuePair.Create(pair.Value, stored[pair.Key]));
    }

    private static void Require(string path, IEnumerable<string> missing, IEnumerable<string> unexpected)
    {
        List<string> absent = [.. missing.Order(StringComparer.Ordinal)], other = [.. unexpected.Order(StringComparer.Ordinal)];
        if (absent.Count + other.Count > 0)
        {
            throw new CheckpointMismatchException(path, absent, other, []);
        }
    }

    /// <summary>Every tensor's name here → its name in a single file.</summary>
    private sealed record Names(Dictionary<string, string> Unet, Dictionary<string, string> Vae, Dictionary<string, string> Text, HashSet<string> Widened)
    {
        public static Names Of(ModelFolder folder)
        {
            using var unet = new UNet2DConditionModel(folder.Unet);
            using var vae = new AutoencoderKl(folder.Vae);
            using var text = new ClipTextModel(folder.TextEncoder);
            return new Names(
                Map(unet, name => CompVisNames.Unet(name, folder.Unet)),
                Map(vae, name => CompVisNames.Vae(name, folder.Vae)),
                Map(text, CompVisNames.Text),
                [.. vae.state_dict().Keys.Where(CompVisNames.IsMatrixHere).Select(name => CompVisNames.Vae(name, folder.Vae))]);
        }

        private static Dictionary<string, string> Map(nn.Module module, Func<string, string> rename) => module.state_dict().Keys.ToDictionary(name => name, rename, StringComparer.Ordinal);
    }
}
