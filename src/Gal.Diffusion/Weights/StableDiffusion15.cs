using System.IO.Compression;

namespace Gal.Diffusion.Weights;

/// <summary>
/// What a folder of Stable Diffusion 1.5 holds beside its weights: configurations, scheduler and CLIP's tokenizer of 49,408 words (MIT; its licence lies beside it).
/// They are part of this program, so that a single file becomes a folder, and a random model is made, without another folder to copy from.
/// </summary>
public static class StableDiffusion15
{
    /// <summary>Values of the UNet, the VAE and the text encoder together.</summary>
    public const long ValueCount = 859_520_964 + 83_653_863 + 123_060_480;

    private const string Prefix = "stable-diffusion-1.5/";
    private const string Packed = ".gz";

    /// <summary>Writes everything but the weights in Hugging Face layout.</summary>
    /// <param name="folder">Made if it does not exist; files of the same names are replaced.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written.</exception>
    public static void WriteConfigurations(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var assembly = typeof(StableDiffusion15).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var isPacked = resource.EndsWith(Packed, StringComparison.Ordinal);
            var name = resource[Prefix.Length..(isPacked ? ^Packed.Length : ^0)];
            var target = Path.Combine([folder, .. name.Split('/')]);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var stored = assembly.GetManifestResourceStream(resource)!;
            using Stream content = isPacked ? new GZipStream(stored, CompressionMode.Decompress) : stored;
            using var file = File.Create(target);
            content.CopyTo(file);
        }
    }
}
