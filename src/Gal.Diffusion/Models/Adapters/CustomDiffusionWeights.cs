using System.Globalization;
using System.Runtime.InteropServices;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>
/// Custom Diffusion's weights as diffusers writes them: K and V of every cross-attention, with Q and the output where those were trained too. A modifier token
/// stands in the header's metadata, where it disturbs no other reader and cannot be parted from its weights.
/// </summary>
public static class CustomDiffusionWeights
{
    private const string Infix = ".attn2.processor.";
    private const string Mark = "_custom_diffusion";
    private const string TokenKey = "modifier_token";
    private const string VectorsKey = "modifier_vectors"; // base64 of float32, little-endian, row-major [count, width]
    private const string CountKey = "modifier_vector_count";

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
    /// <param name="modifier">The word that was trained with them and its vectors [count, width], borrowed; null for none.</param>
    public static void Save(string path, UNet2DConditionModel unet, ScalarType dtype = ScalarType.Float32, (string Token, Tensor Vectors)? modifier = null)
    {
        ArgumentNullException.ThrowIfNull(unet);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        SafetensorsWriter.Write(
            path,
            unet.state_dict().Where(pair => IsKeyOrValue(pair.Key)).Select(pair => KeyValuePair.Create(KeyOf(pair.Key), pair.Value.to(dtype))).ToList(),
            Metadata(modifier));
    }

    /// <summary>The modifier token of a file that <see cref="Save"/> wrote.</summary>
    /// <returns>The word and its vectors [count, width], float32, which the caller disposes; null if the file has none.</returns>
    /// <exception cref="SafetensorsException">The file is damaged, or its metadata is.</exception>
    public static (string Token, Tensor Vectors)? ReadModifier(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(TokenKey) is not { } token)
        {
            return null;
        }
        var bytes = new byte[file.Metadata.GetValueOrDefault(VectorsKey)?.Length ?? 0];
        var isWhole = Convert.TryFromBase64String(file.Metadata.GetValueOrDefault(VectorsKey) ?? string.Empty, bytes, out var length) && length > 0;
        if (!isWhole || !int.TryParse(file.Metadata.GetValueOrDefault(CountKey), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0 || length % (count * sizeof(float)) != 0)
        {
            throw new SafetensorsException(path, $"the vectors of its modifier token \"{token}\" are damaged: {VectorsKey} must be base64 of {CountKey} rows of float32.");
        }
        TorchRuntime.EnsureLoaded();
        return (token, tensor(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, length)).ToArray()).reshape(count, -1));
    }

    private static Dictionary<string, string> Metadata((string Token, Tensor Vectors)? modifier)
    {
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        if (modifier is var (token, vectors))
        {
            metadata[TokenKey] = token;
            metadata[VectorsKey] = Convert.ToBase64String(MemoryMarshal.AsBytes(vectors.cpu().to(ScalarType.Float32).contiguous().data<float>().ToArray().AsSpan()));
            metadata[CountKey] = vectors.shape[0].ToString(CultureInfo.InvariantCulture);
        }
        return metadata;
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
