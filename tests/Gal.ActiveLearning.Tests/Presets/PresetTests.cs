using Gal.ActiveLearning.Presets;
using Gal.ActiveLearning.Subjects;

namespace Gal.ActiveLearning.Tests.Presets;

public sealed class PresetTests
{
    [Theory]
    [InlineData(PresetName.Paper, SubjectMode.Object, "a sks cat", "a sks cat in park", "a sks cat on a balcony")]
    [InlineData(PresetName.Paper, SubjectMode.Style, "in oil painting style", "A tie in oil painting style", "A banana on the table in oil painting style")]
    [InlineData(PresetName.Authors, SubjectMode.Object, "a sks cat", "a sks cat in a workshop", "a sks cat under a tree")]
    [InlineData(PresetName.Authors, SubjectMode.Style, "in oil painting style", "A tie in oil painting style", "A knife in oil painting style")]
    public void AnchorsOf_Subject_AreEighteenDifferentPrompts(PresetName name, SubjectMode mode, string subject, string first, string last)
    {
        var anchors = Preset.Of(name, mode).AnchorsOf(subject);
        Assert.Equal((18, 18), (anchors.Count, anchors.Distinct().Count()));
        Assert.Equal((first, last), (anchors[0], anchors[^1]));
        Assert.All(anchors, a => Assert.Contains(subject, a, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_PaperAndAuthors_DifferAsPublished()
    {
        var (paper, authors) = (Preset.Of(PresetName.Paper, SubjectMode.Style), Preset.Of(PresetName.Authors, SubjectMode.Style));
        Assert.Equal((PresetScheduler.Ddpm, 1, 500), (paper.Scheduler, paper.Training.BatchSize, paper.Training.StepCount));
        Assert.Equal((PresetScheduler.DpmSolverPlusPlus2M, 2, 500), (authors.Scheduler, authors.Training.BatchSize, authors.Training.StepCount));
        Assert.Equal((200, 800), (Preset.Of(PresetName.Authors, SubjectMode.Object).ClassImageCount, Preset.Of(PresetName.Authors, SubjectMode.Object).Training.StepCount));
    }

    [Fact]
    public void NonSoiTextsOf_Paper_IsTheDistractorAlone()
    {
        string[] captions = ["a sks cat on the stairs"];
        Assert.Equal(["cat"], Preset.Of(PresetName.Paper, SubjectMode.Object).NonSoiTextsOf("cat", captions, "sks"));
        Assert.Equal(["a cat on the stairs"], Preset.Of(PresetName.Authors, SubjectMode.Object).NonSoiTextsOf("cat", captions, "sks"));
    }
}
