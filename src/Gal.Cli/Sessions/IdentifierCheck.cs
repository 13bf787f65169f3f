using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Gal.ActiveLearning.Subjects;
using Gal.V1;
using Grpc.Core;

namespace Gal.Cli.Sessions;

/// <summary>Says how far an object's identifier moves its text feature. Anchors are scored with the identifier and non-SoI texts without it, so a word that CLIP does not know makes images count as overfitted.</summary>
internal static class IdentifierCheck
{
    /// <summary>One sentence; null for a subject without an identifier.</summary>
    /// <param name="scoring">Calls the scoring service.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public static async Task<string?> DescribeAsync(CallInvoker scoring, Subject subject, CancellationToken cancellationToken)
    {
        if (subject.Mode != V1.SubjectMode.Object || subject.Identifier.Length == 0 || subject.SubjectText.Length == 0)
        {
            return null;
        }
        var without = ScoringTexts.WithoutIdentifier(subject.SubjectText, subject.Identifier);
        var embeddings = await new ScoringService.ScoringServiceClient(scoring).EmbedTextsAsync(new EmbedTextsRequest { Texts = { subject.SubjectText, without } }, cancellationToken: cancellationToken);
        var cosine = Cosine(embeddings);
        return $"CLIP sees \"{subject.SubjectText}\" and \"{without}\" with a cosine of {cosine:F2} (1: the identifier changes nothing). The lower it is, the more images count as overfitted for the identifier's sake; a rarer word may help.";
    }

    private static float Cosine(Embeddings embeddings)
    {
        var rows = MemoryMarshal.Cast<byte, float>(embeddings.Data.Span);
        return TensorPrimitives.CosineSimilarity(rows[..embeddings.Dimension], rows[embeddings.Dimension..]);
    }
}
