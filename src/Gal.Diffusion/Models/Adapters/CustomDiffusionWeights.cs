using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>Custom Diffusion's weights as diffusers writes them: K and V of every cross-attention, with Q and the output where those were trained too.</summary>
public static class CustomDiffusionWeights
{
    private const string Infix = ".attn2.processor.";
    private const string Mark = "_custom_diffusion";

    /// <summary>Replaces the UNet's weights by a file's.</summary>
    /// <exception cref="CheckpointMismatchException">Keys that fit no cross-attention, or other shapes: all are listed, and nothing was changed.</exception>
    public static void Load(string path, UNet2DConditionModel unet)
    {
        ArgumentNullException.ThrowIfNull(unet);
        using var file = Checkpoint.Open(path);
        using var noGrad = no_grad();
        var state = unet.state_dict();
        var keysAndValues = state.Keys.Where(IsKeyOrValue).ToHashSet(StringComparer.Ordinal);
        var found = file.Tensors.ToDictionary(pair => NameIn(pair.Key) ?? pair.Key, pair => pair.Value, StringComparer.Ordinal);
        List<string> missing = [.. keysAndValues.Where(name => !found.ContainsKey(name)).Order(StringComparer.Ordinal)];
        List<string> unexpected = [.. found.Where(pair => NameIn(pair.Value.Name) is null || !state.ContainsKey(pair.Key)).Select(pair => pair.Value.Name).Order(StringComparer.Ordinal)];
        List<string> misshapen = [.. found.Where(pair => state.TryGetValue(pair.Key, out var target) && !pair.Value.Shape.SequenceEqual(target.shape))
            .Select(pair => $"{pair.Value.Name}: expected [{string.Join(", ", state[pair.Key].shape)}], found [{string.Join(", ", pair.Value.Shape)}]")];
        if (missing.Count + unexpected.Count + misshapen.Count > 0)
        {
            throw new CheckpointMismatchException(file.Path, missing, unexpected, misshapen);
        }
        foreach (var (name, stored) in found)
        {
            stored.CopyTo(state[name]);
        }
    }

    /// <summary>Writes the UNet's K and V of every cross-attention.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="unet">Borrowed.</param>
    /// <param name="dtype">float32 unless said.</param>
    public static void Save(string path, UNet2DConditionModel unet, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(unet);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        SafetensorsWriter.Write(
            path,
            unet.state_dict().Where(pair => IsKeyOrValue(pair.Key)).Select(pair => KeyValuePair.Create(KeyOf(pair.Key), pair.Value.to(dtype))).ToList(),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static bool IsKeyOrValue(string name) => name.EndsWith(".attn2.to_k.weight", StringComparison.Ordinal) || name.EndsWith(".attn2.to_v.weight", StringComparison.Ordinal);

    // "….attn2.to_k.weight" → "….attn2.processor.to_k_custom_diffusion.weight".
    private static string KeyOf(string name)
    {
        var end = name.LastIndexOf('.');
        return name[..end].Replace(".attn2.", Infix, StringComparison.Ordinal) + Mark + name[end..];
    }

    private static string? NameIn(string key) => key.Contains(Infix, StringComparison.Ordinal) && key.Contains(Mark, StringComparison.Ordinal)
        ? key.Replace(Infix, ".attn2.", StringComparison.Ordinal).Replace(Mark, string.Empty, StringComparison.Ordinal)
        : null;
}
