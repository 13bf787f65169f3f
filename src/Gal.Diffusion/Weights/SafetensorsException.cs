namespace Gal.Diffusion.Weights;

/// <summary>A weights file is not what it should be; the message names the file and the defect.</summary>
public sealed class SafetensorsException(string path, string defect, Exception? innerException = null) : Exception($"{path}: {defect}", innerException)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong with it, without the file's name.</summary>
    public string Defect { get; } = defect;
}
