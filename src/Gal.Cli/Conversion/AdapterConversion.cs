using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Cli.Conversion;

/// <summary>Writes LoRAs and embeddings in other forms.</summary>
internal static class AdapterConversion
{
    /// <summary>Writes a LoRA under another tool's names.</summary>
    /// <exception cref="CheckpointMismatchException">Its keys fit no layer of the architecture, or have other shapes.</exception>
    public static void WriteLora(WeightsConversion conversion, string target)
    {
        using var template = Template.Open(conversion.Like);
        using var unet = new UNet2DConditionModel(template.Folder.Unet);
        using var text = new ClipTextModel(template.Folder.TextEncoder);
        using var lora = LoraAdapter.Load(conversion.Source, unet, text);
        var dialect = conversion.Form switch
        {
            WeightsForm.Kohya => LoraDialect.Kohya,
            WeightsForm.DiffusersOld => LoraDialect.DiffusersOld,
            _ => LoraDialect.Diffusers,
        };
        using var source = SafetensorsFile.Open(conversion.Source);
        lora.Save(target, dialect, conversion.Dtype ?? TypeOf(conversion.Source), source.Metadata);
    }

    /// <summary>Writes an embedding in diffusers' or A1111's form.</summary>
    public static void WriteEmbedding(WeightsConversion conversion, string target)
    {
        using var scope = NewDisposeScope();
        var (word, read) = TextualInversionFile.Read(conversion.Source);
        var vectors = read.to(conversion.Dtype ?? TypeOf(conversion.Source));
        if (conversion.Form == WeightsForm.A1111)
        {
            TextualInversionFile.WriteA1111(target, vectors);
        }
        else
        {
            TextualInversionFile.Write(target, conversion.Word ?? word, vectors);
        }
    }

    /// <summary>The type of a checkpoint's matrices; other tensors, such as kohya's alphas, may have another.</summary>
    public static ScalarType TypeOf(string source)
    {
        using var file = Checkpoint.Open(source);
        return file.Tensors.Values.First(tensor => tensor.Shape.Count > 0).Dtype switch
        {
            "F16" => ScalarType.Float16,
            "BF16" => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };
    }
}
