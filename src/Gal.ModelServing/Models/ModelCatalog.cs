using Gal.Artifacts;
using Gal.Diffusion.Pipelines;
using Gal.Hosting.Errors;
using Gal.V1;

namespace Gal.ModelServing.Models;

/// <summary>The models that a service has, by name.</summary>
public sealed class ModelCatalog(ModelServiceOptions options, IArtifactStore artifacts)
{
    private readonly Dictionary<string, string> _folders = options.ModelFolders.ToDictionary(NameOf, Path.GetFullPath, StringComparer.Ordinal);

    /// <summary>The names, the default first.</summary>
    public IReadOnlyList<string> Names { get; } = [.. options.ModelFolders.Select(NameOf)];

    /// <summary>A model's name: its folder's.</summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>The folder of a model; of the default one for an empty name.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: there is no such model; the message lists those that there are.</exception>
    public string FindFolder(string name)
    {
        var wanted = name.Length == 0 ? Names[0] : name;
        return _folders.TryGetValue(wanted, out var folder)
            ? folder
            : throw RpcErrors.NotFound("models", wanted, $"There is no model \"{wanted}\" here; there is {string.Join(", ", Names)}.");
    }

    /// <summary>The weights that a reference names.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: the model, the checkpoint or an adapter is not here.</exception>
    public ModelWeights Find(ModelReference? reference)
    {
        reference ??= new();
        var checkpoint = reference.Checkpoint.Length == 0 ? null : FindFile(reference.Checkpoint, "checkpoint");
        return new(FindFolder(reference.Model), checkpoint)
        {
            Adapters = [.. reference.Adapters.Select(a => new AdapterFile(FindFile(a.Artifact, "adapter"), a.HasScale ? a.Scale : 1, a.Token.Length == 0 ? null : a.Token))],
        };
    }

    /// <summary>The file of an artifact with weights.</summary>
    /// <param name="artifact">Its name.</param>
    /// <param name="role">What it is for, as a word of an error.</param>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: it is not here.</exception>
    public string FindFile(string artifact, string role) => artifacts.TryGetLocalPath(ArtifactId.Parse(artifact))
        ?? throw RpcErrors.NotFound("artifacts", artifact, $"There is no {role} {artifact} here; send it through gal.v1.ArtifactService/UploadArtifact first.");
}
