using Gal.Artifacts;
using Gal.Hosting.Errors;
using Gal.V1;

namespace Gal.Coordination.Runs;

/// <summary>Takes a request's pictures into the artifact store, so that the run's settings name them by content.</summary>
internal sealed class PictureIntake(IArtifactStore store)
{
    /// <summary>Replaces every picture's bytes by its artifact's name.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: an artifact that the store does not have, or that is no picture to learn from; all at once.</exception>
    public async Task TakeAsync(Subject subject, CancellationToken cancellationToken)
    {
        var violations = new List<(string Field, string Sentence, string Reason)>();
        for (var i = 0; i < subject.References.Count; i++)
        {
            var image = subject.References[i].Image;
            if (image.SourceCase == Image.SourceOneofCase.Data)
            {
                image.Artifact = (await store.PutAsync(image.Data.Memory, cancellationToken)).ToString();
            }
            else
            {
                violations.AddRange(await CheckAsync(i, image.Artifact, cancellationToken));
            }
        }

        if (violations.Count > 0)
        {
            throw RpcErrors.InvalidFields(violations);
        }
    }

    private async Task<IEnumerable<(string Field, string Sentence, string Reason)>> CheckAsync(int index, string artifact, CancellationToken cancellationToken)
    {
        var field = $"settings.subject.references[{index}].image.artifact";
        return await store.ReadAsync(ArtifactId.Parse(artifact), cancellationToken) is { } bytes
            ? RunRules.Picture(index, bytes)
            : [(field, $"{field} is {artifact}, which the coordinator's store does not have; upload it first, or send the picture's bytes.", "ARTIFACT_NOT_FOUND")];
    }
}
