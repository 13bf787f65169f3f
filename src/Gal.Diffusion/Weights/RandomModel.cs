using Gal.Diffusion.Models;
using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>Writes models of a real architecture with random weights, to try memory and speed without a download. Their pictures are noise.</summary>
public static class RandomModel
{
    /// <summary>Writes a model of Stable Diffusion 1.5's sizes (860 M parameters in the UNet; 2.1 GB on the disk in float16, 4.3 GB in float32).</summary>
    /// <param name="folder">Made if it does not exist; files of the same names are replaced.</param>
    /// <param name="seed">The same seed gives the same bytes.</param>
    /// <param name="dtype">What the weights are stored in. The values are float16's in either case.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written.</exception>
    public static void WriteStableDiffusion15(string folder, long seed = 0, ScalarType dtype = ScalarType.Float16)
    {
        StableDiffusion15.WriteConfigurations(folder);
        WriteWeights(folder, seed, dtype);
    }

    /// <summary>Writes random weights for the configurations that a folder holds.</summary>
    internal static void WriteWeights(string folder, long seed, ScalarType dtype = ScalarType.Float16)
    {
        var model = ModelFolder.Open(folder);
        using var generator = new Generator((ulong)seed);
        using var unet = new UNet2DConditionModel(model.Unet);
        using var vae = new AutoencoderKl(model.Vae);
        using var text = new ClipTextModel(model.TextEncoder);
        WriteWeights(Path.Combine(folder, "unet", "diffusion_pytorch_model.safetensors"), unet, generator, dtype);
        WriteWeights(Path.Combine(folder, "vae", "diffusion_pytorch_model.safetensors"), vae, generator, dtype);
        WriteWeights(Path.Combine(folder, "text_encoder", "model.safetensors"), text, generator, dtype);
    }

    private static void WriteWeights(string path, nn.Module model, Generator generator, ScalarType dtype)
    {
        // Each tensor is drawn when its turn to be written comes, so that the whole model is never in memory; the modules' own tensors are never touched.
        var tensors = model.state_dict().Select(pair => new WritableTensor(pair.Key, SafetensorsDtype.FromTorch(dtype), pair.Value.shape, stream =>
        {
            using var scope = NewDisposeScope();
            stream.Write(Draw(pair.Key, pair.Value.shape, generator).to(ScalarType.Float16).to(dtype).bytes);
        }));
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    // Norms begin as the identity and matrices keep the variance of what they are given, so that activations stay finite at any depth.
    private static Tensor Draw(string name, long[] shape, Generator generator)
    {
        if (shape.Length < 2)
        {
            return name.EndsWith("weight", StringComparison.Ordinal) ? ones(shape) : zeros(shape);
        }
        var inputs = shape.Skip(1).Aggregate(1L, (product, dimension) => product * dimension);
        return randn(shape, generator: generator) / Math.Sqrt(inputs);
    }
}
