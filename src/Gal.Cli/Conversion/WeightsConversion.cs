using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Cli.Conversion;

/// <summary>One conversion. Nothing of it is left behind when it fails.</summary>
/// <param name="Source">A model folder or a safetensors file.</param>
/// <param name="Target">What to write; does not exist yet.</param>
/// <param name="Form">What to write it as.</param>
/// <param name="Like">A model folder of the same architecture; null for Stable Diffusion 1.5.</param>
/// <param name="Dtype">The type of floating-point values; null keeps it.</param>
/// <param name="Loras">Files and strengths that become part of a model folder's weights.</param>
/// <param name="Word">An embedding's word in the new file; null keeps it.</param>
internal sealed record WeightsConversion(string Source, string Target, WeightsForm Form, string? Like, ScalarType? Dtype, IReadOnlyList<(string Path, double Scale)> Loras, string? Word)
{
    // Beside the target, so that it can be renamed into it.
    private string Unfinished => $"{Target}.{Environment.ProcessId}.tmp";

    private string Merged => $"{Target}.{Environment.ProcessId}.merged.tmp";

    /// <summary>Reads the source and writes the target.</summary>
    /// <exception cref="SafetensorsException">A file is damaged or pickled, or a value does not fit the type.</exception>
    /// <exception cref="CheckpointMismatchException">The source is no model of that architecture.</exception>
    /// <exception cref="ModelConfigException">A folder is no model folder.</exception>
    /// <exception cref="IOException">The disk is full, or a file cannot be read or written.</exception>
    public void Run()
    {
        TorchRuntime.EnsureLoaded();
        try
        {
            if (Loras.Count == 0)
            {
                Write(Unfinished);
            }
            else
            {
                LoraMerge.SaveAs(ModelFolder.Open(Source), Loras, Merged);
                (this with { Source = Merged, Dtype = Dtype ?? AdapterConversion.TypeOf(Path.Combine(Source, "unet")) }).Write(Unfinished);
            }
            Directory.Move(Unfinished, Target);
        }
        catch
        {
            Delete(Unfinished);
            throw;
        }
        finally
        {
            Delete(Merged);
        }
    }

    private void Write(string target)
    {
        switch (Form)
        {
            case WeightsForm.SingleFile:
                SingleFile.Export(ModelFolder.Open(Source), target, Dtype);
                break;
            case WeightsForm.Folder when Directory.Exists(Source):
                ModelFolder.Open(Source).CopyAs(target, Dtype!.Value);
                break;
            case WeightsForm.Folder:
                using (var template = Template.Open(Like))
                {
                    SingleFile.Import(Source, template.Folder, target, Dtype);
                }
                break;
            case var _ when WeightsFile.KindOf(Source) == WeightsKind.TextualInversion:
                AdapterConversion.WriteEmbedding(this, target);
                break;
            default:
                AdapterConversion.WriteLora(this, target);
                break;
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        File.Delete(path);
    }
}
