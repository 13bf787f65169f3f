using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Weights;
using static Gal.Diffusion.Models.Adapters.LoraNames;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>Reads a LoRA file's tensors for a model's layers and accounts for every key.</summary>
internal static class LoraReader
{
    public static SortedDictionary<string, (IAdaptableLayer Layer, LowRankUpdate Update)> Read(Checkpoint file, Dictionary<string, IAdaptableLayer> layers)
    {
        var (found, unexpected) = Sort(file, layers);
        var missing = found.SelectMany(pair => new[] { LoraPart.Down, LoraPart.Up }.Where(part => !pair.Value.ContainsKey(part)).Select(part => $"{pair.Key}: {(part == LoraPart.Down ? "down (A)" : "up (B)")}")).ToList();
        var misshapen = found.Where(pair => pair.Value.ContainsKey(LoraPart.Down) && pair.Value.ContainsKey(LoraPart.Up))
            .Select(pair => FindShapeDefect(pair.Key, layers[pair.Key].Weight.shape, pair.Value)).OfType<string>().ToList();
        if (missing.Count + unexpected.Count + misshapen.Count > 0)
        {
            throw new CheckpointMismatchException(file.Path, missing, unexpected, misshapen);
        }
        var updates = new SortedDictionary<string, (IAdaptableLayer, LowRankUpdate)>(StringComparer.Ordinal);
        foreach (var (name, parts) in found)
        {
            updates[name] = (layers[name], Update(parts, layers[name].Weight));
        }
        return updates;
    }

    private static (SortedDictionary<string, Dictionary<LoraPart, StoredTensor>> Found, List<string> Unexpected) Sort(Checkpoint file, Dictionary<string, IAdaptableLayer> layers)
    {
        var names = layers.Keys.ToHashSet(StringComparer.Ordinal);
        var flattened = layers.Keys.ToDictionary(Flattened, name => name, StringComparer.Ordinal);
        var found = new SortedDictionary<string, Dictionary<LoraPart, StoredTensor>>(StringComparer.Ordinal);
        var unexpected = new List<string>();
        foreach (var (key, stored) in file.Tensors)
        {
            if (Parse(key, names, flattened) is not var (layer, part) || (found.TryGetValue(layer, out var parts) && parts.ContainsKey(part)))
            {
                unexpected.Add(key);
                continue;
            }
            parts ??= found[layer] = [];
            parts[part] = stored;
        }
        return (found, unexpected);
    }

    private static string? FindShapeDefect(string name, long[] weight, Dictionary<LoraPart, StoredTensor> parts)
    {
        IReadOnlyList<long> down = parts[LoraPart.Down].Shape, up = parts[LoraPart.Up].Shape;
        var fits = down.Count is 2 or 4 && up.Count is 2 or 4
            && down[0] == up[1] && up[0] == weight[0] && Product(down.Skip(1)) == Product(weight.Skip(1)) && Product(up.Skip(2)) == 1
            && (!parts.TryGetValue(LoraPart.Alpha, out var alpha) || Product(alpha.Shape) == 1);
        return fits ? null : $"{name} with weight [{string.Join(", ", weight)}]: down [{string.Join(", ", down)}], up [{string.Join(", ", up)}]";
    }

    private static long Product(IEnumerable<long> dimensions) => dimensions.Aggregate(1L, (product, dimension) => product * dimension);

    private static LowRankUpdate Update(Dictionary<LoraPart, StoredTensor> parts, Tensor weight)
    {
        var alpha = (double)parts[LoraPart.Down].Shape[0];
        if (parts.TryGetValue(LoraPart.Alpha, out var stored))
        {
            using var value = stored.Read(ScalarType.Float64);
            alpha = value.flatten()[0].item<double>();
        }
        return new LowRankUpdate(parts[LoraPart.Down].Read(weight.dtype).to(weight.device), parts[LoraPart.Up].Read(weight.dtype).to(weight.device), alpha);
    }
}
