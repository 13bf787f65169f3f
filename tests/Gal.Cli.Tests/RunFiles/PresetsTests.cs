using Gal.V1;

namespace Gal.Cli.Tests.RunFiles;

public sealed class PresetsTests : IDisposable
{
    private const string NoAnchors = """
        preset: authors
        subject:
          mode: object
          subject_text: a zq cat
          identifier: zq
          references:
            - image: cat.png
              prompt: a zq cat on the stairs
        training:
          step_count: 5
        """;

    private readonly RunFileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Apply_Authors_FillsInOnlyWhatIsLeftOut()
    {
        var settings = _folder.Read(NoAnchors).Settings;

        Assert.Equal(18, settings.Subject.Anchors.Count);
        Assert.Contains("a zq cat in a workshop", settings.Subject.Anchors);
        Assert.Equal(["a cat on the stairs"], settings.Subject.NonSoiTexts);
        Assert.Equal((5, 5e-6, 1), (settings.Training.StepCount, settings.Training.LearningRate, settings.Training.BatchSize));
        Assert.Equal((Scheduler.DpmSolverPp2M, 50, 7.5), (settings.Sampling.Scheduler, settings.Sampling.InferenceStepCount, settings.Sampling.GuidanceScale));
        Assert.Equal(("a cat", 200), (settings.PriorPreservation.ClassPrompt, settings.PriorPreservation.ClassImageCount));
    }

    [Fact]
    public void Apply_PaperWithoutDistractor_AsksForIt() =>
        Assert.StartsWith("--set: subject.non_soi_texts is missing; the paper takes the distractor concept alone", Assert.Single(_folder.Problems(NoAnchors, "preset=paper")));

    [Fact]
    public void Apply_Paper_SamplesWithDdpm()
    {
        var settings = _folder.Read(NoAnchors, "preset=paper", "subject.non_soi_texts=[cat]").Settings;

        Assert.Equal(Scheduler.Ddpm, settings.Sampling.Scheduler);
        Assert.Null(settings.PriorPreservation);
    }

    [Fact]
    public void Apply_UnknownPreset_ListsThem() => Assert.Contains("--set: preset is 'mine'; it must be one of paper, authors.", _folder.Problems(NoAnchors, "preset=mine"));
}
