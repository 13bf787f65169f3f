using Gal.Diffusion.Weights;

namespace Gal.Cli.Conversion;

/// <summary>Gives a conversion the architecture: a model folder, whose weights are not read.</summary>
internal sealed class Template : IDisposable
{
    private readonly DirectoryInfo? _own;

    private Template(ModelFolder folder, DirectoryInfo? own) => (Folder, _own) = (folder, own);

    /// <summary>The model folder.</summary>
    public ModelFolder Folder { get; }

    /// <summary>Opens a user's folder, or writes Stable Diffusion 1.5's configurations into a temporary one.</summary>
    /// <exception cref="ModelConfigException">The folder is no model folder.</exception>
    public static Template Open(string? folder)
    {
        if (folder is not null)
        {
            return new Template(ModelFolder.Open(folder), null);
        }
        var own = Directory.CreateTempSubdirectory("gal-sd15-");
        StableDiffusion15.WriteConfigurations(own.FullName);
        return new Template(ModelFolder.Open(own.FullName), own);
    }

    /// <inheritdoc/>
    public void Dispose() => _own?.Delete(recursive: true);
}
