using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>Vectors of a learned word, in diffusers' form (the tensor's name is the word) or A1111's ("emb_params"; the word is the file's name).</summary>
public static class TextualInversionFile
{
    private const string A1111Key = "emb_params";

    /// <summary>Reads a file of either form.</summary>
    /// <returns>The word and its vectors [count, width], float32, which the caller disposes.</returns>
    /// <exception cref="SafetensorsException">The file is damaged, pickled, or holds something else.</exception>
    public static (string Token, Tensor Vectors) Read(string path)
    {
        using var file = Checkpoint.Open(path);
        var (key, matrix) = Only(path, file);
        return (key == A1111Key ? Path.GetFileNameWithoutExtension(path) : key, matrix.Read(ScalarType.Float32));
    }

    /// <summary>Reads the header alone.</summary>
    /// <returns>The word, null in A1111's form, and the number of its vectors.</returns>
    /// <exception cref="SafetensorsException">The file is damaged, pickled, or holds something else.</exception>
    public static (string? Token, int VectorCount) ReadHeader(string path)
    {
        using var file = Checkpoint.Open(path);
        var (key, matrix) = Only(path, file);
        return (key == A1111Key ? null : key, (int)matrix.Shape[0]);
    }

    /// <summary>Writes diffusers' form.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="token">The word, for example "&lt;cat-toy&gt;".</param>
    /// <param name="vectors">[count, width]. Borrowed.</param>
    public static void Write(string path, string token, Tensor vectors) => SafetensorsWriter.Write(path, [KeyValuePair.Create(token, vectors)]);

    /// <summary>Writes A1111's form; there the word is the file's name.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteA1111(string path, Tensor vectors) => SafetensorsWriter.Write(path, [KeyValuePair.Create(A1111Key, vectors)]);

    private static (string Key, StoredTensor Matrix) Only(string path, Checkpoint file)
    {
        if (file.Tensors.Count != 1)
        {
            throw new SafetensorsException(path, $"a Textual Inversion file holds one tensor, this one {file.Tensors.Count}: {string.Join(", ", file.Tensors.Keys.Take(5))}.");
        }
        var (key, stored) = file.Tensors.Single();
        if (stored.Shape.Count is not (1 or 2) || stored.Shape[0] == 0)
        {
            throw new SafetensorsException(path, $"the vectors \"{key}\" have shape [{string.Join(", ", stored.Shape)}]; they must be [width] or [count, width].");
        }
        return (key, stored.Shape.Count == 1 ? stored.Reshaped(1, stored.Shape[0]) : stored);
    }
}
