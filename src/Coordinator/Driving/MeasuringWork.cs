using Gal.ActiveLearning.Evaluation;
using Gal.ActiveLearning.Subjects;
using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Hosting.Errors;
using Grpc.Core;
using Gal.V1;
using MethodMode = Gal.ActiveLearning.Subjects.SubjectMode;
using SubjectMode = Gal.V1.SubjectMode;

namespace Gal.Coordination.Driving;

/// <summary>Measures a checkpoint by the images it makes of some prompts: TXT-ALN, IMG-ALN and OVF.</summary>
/// <param name="settings">The run's, complete.</param>
/// <param name="evaluation">Prompts, images a prompt and first seed, complete.</param>
/// <param name="scorer">Compares the images.</param>
internal sealed class MeasuringWork(RunSettings settings, EvaluationSettings evaluation, Scorer scorer)
{
    /// <summary>The images to sample: M of each prompt, prompt by prompt.</summary>
    public IReadOnlyList<ImagePrompt> Prompts { get; } =
        [.. evaluation.Prompts.SelectMany(p => Enumerable.Repeat(p, evaluation.ImagesPerPrompt)).Select((p, i) => new ImagePrompt { Prompt = p, Seed = Seeds.OfEvaluationImage(evaluation.Seed, i) })];

    /// <summary>Measures the sampled images.</summary>
    /// <param name="images">As artifacts, in the order of <see cref="Prompts"/>.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<(CheckpointEvaluation Evaluation, IReadOnlyList<TimeSpent> Times)> MeasureAsync(IReadOnlyList<string> images, CancellationToken cancellationToken)
    {
        var (subject, promptCount) = (settings.Subject, evaluation.Prompts.Count);
        string[] texts = [.. evaluation.Prompts.Select(ToText), .. subject.References.Select(r => ToText(r.Prompt))];
        var (rows, times) = await scorer.CompareAsync(settings.ScoringModel, images, texts, [.. subject.References.Select(r => r.Image.Artifact)], cancellationToken);
        EvaluatedImage[] measured = [.. images.Zip(rows, (image, row) => (image, row)).Select((item, i) => ToImage(i, item.image, item.row))];
        if (measured.FirstOrDefault(m => !float.IsFinite(m.PromptSimilarity + m.CaptionSimilarity + m.ReferenceSimilarity)) is { } broken)
        {
            throw RpcErrors.Status(Google.Rpc.Code.FailedPrecondition, "IMAGE_BROKEN", $"The checkpoint makes broken images: the one of \"{evaluation.Prompts[broken.PromptIndex]}\" with seed {broken.Seed} cannot be scored. Lower settings.training.learning_rate.").ToRpcException();
        }

        return (CheckpointEvaluation.Of(measured, settings.Seed), times);

        EvaluatedImage ToImage(int i, string image, float[] row)
        {
            var prompt = i / evaluation.ImagesPerPrompt;
            return new(prompt, image, Prompts[i].Seed, row[prompt], row[promptCount..texts.Length].Max(), row[texts.Length..].Average());
        }
    }

    private string ToText(string prompt) => ScoringTexts.EvaluationText(settings.Subject.Mode == SubjectMode.Object ? MethodMode.Object : MethodMode.Style, prompt, settings.Subject.Identifier);
}
