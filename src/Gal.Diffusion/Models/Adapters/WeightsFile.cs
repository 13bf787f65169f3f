using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>Tells from a file's tensor names what it holds.</summary>
public static class WeightsFile
{
    private const int ListedCount = 5;

    private static readonly string[] LoraMarks = [".lora_A.", ".lora_B.", ".lora_down.", ".lora_up.", ".lora.down.", ".lora.up.", "_lora.down.", "_lora.up.", ".lora_linear_layer."];

    /// <summary>Reads a file's header alone.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="SafetensorsException">The file is damaged or pickled, or is none of the kinds.</exception>
    public static WeightsKind KindOf(string path)
    {
        using var file = Checkpoint.Open(path);
        return KindOf(path, [.. file.Tensors.Values]);
    }

    /// <summary>The word that a file teaches the text encoder: a Textual Inversion embedding's, or the modifier token of Custom Diffusion's weights; null for none.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="SafetensorsException">The file is damaged or pickled, or is none of the kinds.</exception>
    public static LearnedWord? WordOf(string path)
    {
        switch (KindOf(path))
        {
            case WeightsKind.TextualInversion:
                var (token, count) = TextualInversionFile.ReadHeader(path);
                return new LearnedWord(token, count);
            case WeightsKind.CustomDiffusion when CustomDiffusionWeights.ReadModifier(path) is var (word, vectors):
                using (vectors)
                {
                    return new LearnedWord(word, (int)vectors.shape[0]);
                }

            default:
                return null;
        }
    }

    /// <summary>Says in a few words what a kind is: "a LoRA".</summary>
    public static string Describe(WeightsKind kind) => kind switch
    {
        WeightsKind.Unet => "a whole UNet",
        WeightsKind.Lora => "a LoRA",
        WeightsKind.TextualInversion => "a Textual Inversion embedding",
        WeightsKind.CustomDiffusion => "Custom Diffusion weights",
        WeightsKind.IpAdapter => "an IP-Adapter",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of weights."),
    };

    private static WeightsKind KindOf(string path, IReadOnlyList<StoredTensor> tensors) => tensors switch
    {
        _ when HasAny(tensors, name => Array.Exists(LoraMarks, mark => name.Contains(mark, StringComparison.Ordinal))) => WeightsKind.Lora,
        _ when HasAny(tensors, name => name.Contains("_custom_diffusion.", StringComparison.Ordinal)) => WeightsKind.CustomDiffusion,
        _ when HasAny(tensors, name => name.StartsWith("image_proj.", StringComparison.Ordinal) || name.StartsWith("ip_adapter.", StringComparison.Ordinal)) => WeightsKind.IpAdapter,
        _ when HasAny(tensors, name => name == "conv_in.weight") => WeightsKind.Unet,
        // A word has neither dots nor white space; a layer's name has dots.
        [{ Shape.Count: 1 or 2 } only] when only.Name.AsSpan().IndexOfAny('.', ' ') < 0 => WeightsKind.TextualInversion,
        _ when SingleFile.IsOne(path) =>
            throw new SafetensorsException(path, "this is a whole model in one file (A1111, ComfyUI), not a part of one; write it as a folder first, gal convert FILE FOLDER, and name the folder as the model."),
        _ => throw new SafetensorsException(path, $"this is no UNet, LoRA, Textual Inversion embedding, Custom Diffusion or IP-Adapter file: its tensors are {string.Join(", ", tensors.Take(ListedCount).Select(tensor => $"\"{tensor.Name}\""))}{(tensors.Count > ListedCount ? $" and {tensors.Count - ListedCount} more" : "")}."),
    };

    private static bool HasAny(IReadOnlyList<StoredTensor> tensors, Predicate<string> isOne) => tensors.Any(tensor => isOne(tensor.Name));
}
