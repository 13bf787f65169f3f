using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>Writes models with LoRAs in their weights, for tools that load no LoRAs.</summary>
public static class LoraMerge
{
    /// <summary>Writes a copy of a model whose UNet and text encoder have the updates added, W + scale · (alpha / rank) · B A, in float32.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="loras">Files of any dialect, added in this order, each with its strength.</param>
    /// <param name="target">Made if it does not exist.</param>
    /// <exception cref="CheckpointMismatchException">A LoRA's keys fit no layer of the model, or have other shapes.</exception>
    /// <exception cref="SafetensorsException">A file is damaged or pickled.</exception>
    /// <exception cref="IOException">The disk is full or the target cannot be written.</exception>
    public static void SaveAs(ModelFolder folder, IReadOnlyList<(string Path, double Scale)> loras, string target)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(loras);
        using var unet = folder.LoadUnet();
        using var text = folder.LoadTextEncoder();
        foreach (var (path, scale) in loras)
        {
            using var lora = LoraAdapter.Load(path, unet, text);
            lora.Scale = scale;
            lora.Merge();
        }
        folder.SaveAs(target, unet, text);
    }
}
