using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>Puts a checkpoint's tensors into a module's parameters, and checks that both have the same names and shapes.</summary>
internal static class ModuleWeights
{
    /// <param name="module">Filled in place; its own types and devices are kept.</param>
    /// <param name="path">Named in errors.</param>
    /// <param name="tensors">By the module's names.</param>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ; nothing was copied.</exception>
    public static void Load(nn.Module module, string path, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        var state = module.state_dict();
        var misshapen = state.Where(pair => tensors.TryGetValue(pair.Key, out var stored) && !stored.Shape.SequenceEqual(pair.Value.shape))
            .Select(pair => $"{pair.Key}: expected [{string.Join(", ", pair.Value.shape)}], found [{string.Join(", ", tensors[pair.Key].Shape)}]").Order(StringComparer.Ordinal).ToList();
        var missing = state.Keys.Where(name => !tensors.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        var unexpected = tensors.Keys.Where(name => !state.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count + unexpected.Count + misshapen.Count > 0)
        {
            throw new CheckpointMismatchException(path, missing, unexpected, misshapen);
        }
        foreach (var (name, target) in state)
        {
            tensors[name].CopyTo(target);
        }
    }
}
