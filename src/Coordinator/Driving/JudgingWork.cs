using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Runs;
using Gal.ActiveLearning.Subjects;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Hosting.Errors;
using Grpc.Core;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;

namespace Gal.Coordination.Driving;

/// <summary>Has the pool's images judged.</summary>
internal sealed class JudgingWork(RunTools tools, Scorer scorer)
{
    /// <summary>Judges a round's images against their prompts and the non-SoI texts.</summary>
    public async Task<StoredEvent> JudgeAsync(NextStep.Score step, CancellationToken cancellationToken)
    {
        var settings = tools.Journal.State.Settings;
        var directions = step.Anchors.Select(a => (settings.Subject.Anchors[a.AnchorIndex], a.Images));
        var responses = await scorer.JudgeAsync(settings.ScoringModel, [.. directions], settings.Subject.NonSoiTexts, settings.ActiveLearning.OpennessFactor, cancellationToken);
        foreach (var warning in responses.SelectMany(r => r.Warnings))
        {
            await tools.Journal.WarnAsync(warning.Reason, warning.Message);
        }

        var evaluations = responses.SelectMany(r => r.Directions).ToList();
        var judgement = RoundJudgement.Of([.. step.Anchors.Zip(evaluations, (a, e) => new DirectionScores(a.AnchorIndex, [.. e.PromptSimilarities], [.. e.NonSoiSimilarities]))], settings.ActiveLearning.OpennessFactor);
        foreach (var (direction, evaluation) in judgement.Directions.Zip(evaluations))
        {
            // The decision must follow from the similarities that the record keeps.
            if (!direction.OverfitFlags.SequenceEqual(evaluation.OverfitFlags))
            {
                throw RpcErrors.Status(Google.Rpc.Code.Internal, "FLAGS_DISAGREE", $"The scoring service's overfit flags of anchor {direction.AnchorIndex} do not follow from its similarities. Use services of one version.").ToRpcException();
            }
        }

        return new StoredEvent.MethodStep(new MethodEvent.ImagesScored(step.Round, judgement), [.. responses.SelectMany(r => WorkTimes.FromProto(r.WorkTimes))]);
    }

    /// <summary>In object mode, records how far the identifier moves the subject's text feature: a word that CLIP does not know well biases the judgement towards overfitted.</summary>
    public async Task WarnOfIdentifierAsync(CancellationToken cancellationToken)
    {
        var settings = tools.Journal.State.Settings;
        var (subject, identifier) = (settings.Subject.SubjectText, settings.Subject.Identifier);
        var plain = ScoringTexts.WithoutIdentifier(subject, identifier);
        if (settings.Subject.Mode == V1.SubjectMode.Object && plain != subject && plain.Length > 0)
        {
            var cosine = await scorer.CompareTextsAsync(settings.ScoringModel, subject, plain, cancellationToken);
            await tools.Journal.WarnAsync("IDENTIFIER_SHIFT", $"With the identifier \"{identifier}\", \"{subject}\" has a cosine of {cosine:F3} with \"{plain}\" in CLIP; the further from 1, the more images count as overfitted.");
        }
    }
}
