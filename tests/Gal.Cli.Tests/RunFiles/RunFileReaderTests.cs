using Gal.Cli.RunFiles;
using Gal.Tests;
using Gal.V1;

namespace Gal.Cli.Tests.RunFiles;

public sealed class RunFileReaderTests : IDisposable
{
    private readonly RunFileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WatercolorSample_HasTheDocumentedSettings()
    {
        var settings = RunFileReader.Read(Repository.Sample("watercolor.yaml"), []).Settings;

        Assert.Equal(SubjectMode.Style, settings.Subject.Mode);
        Assert.Equal((18, 1, 20), (settings.Subject.Anchors.Count, settings.Subject.References.Count, settings.Evaluation.Prompts.Count));
        Assert.Equal((150, 2e-4, 1), (settings.Training.StepCount, settings.Training.LearningRate, settings.Training.BatchSize));
        Assert.Equal((4, 10, 3, 0.005), (settings.ActiveLearning.MaxRoundCount, settings.ActiveLearning.ImagesPerAnchor, settings.ActiveLearning.AnchorsPerRound, settings.ActiveLearning.OpennessFactor));
        Assert.Equal((Scheduler.DpmSolverPp2M, 15, 4.0), (settings.Sampling.Scheduler, settings.Sampling.InferenceStepCount, settings.Sampling.GuidanceScale));
        Assert.Equal((4, 0L), (settings.Evaluation.ImagesPerPrompt, settings.Seed));
    }

    [Theory]
    [InlineData("watercolor")]
    [InlineData("watercolor-lora")]
    [InlineData("3d")]
    [InlineData("golden")]
    [InlineData("oil")]
    [InlineData("outlined")]
    [InlineData("wooden")]
    [InlineData("cat")]
    [InlineData("helicopter")]
    [InlineData("teddy-bear")]
    public void Read_EachSample_IsGood(string name)
    {
        var file = RunFileReader.Read(Repository.Sample(name + ".yaml"), []);

        Assert.Equal(name, file.Name);
        Assert.All(file.Settings.Subject.References, reference => Assert.True(reference.Image.Data.Length > 1000));
    }

    [Fact]
    public void Read_KeyLeftOut_StaysUnset()
    {
        var settings = _folder.Read(RunFileFolder.Good).Settings;

        Assert.False(settings.Training.HasWeightDecay);
        Assert.Null(settings.Sampling);
    }

    [Fact]
    public void Read_Override_WinsOverTheFile()
    {
        var settings = _folder.Read(RunFileFolder.Good, "training.step_count=7", "sampling.dtype=bf16", "subject.anchors=[a, b, c, d]", "subject.anchors[1]=e").Settings;

        Assert.Equal(7, settings.Training.StepCount);
        Assert.Equal(Dtype.Bfloat16, settings.Sampling.Dtype);
        Assert.Equal(["a", "e", "c", "d"], settings.Subject.Anchors);
    }

    [Fact]
    public void Read_Lora_HasItsSettings()
    {
        var training = _folder.Read(RunFileFolder.Good, "training.method=lora", "training.lora.rank=8", "training.learning_rate_schedule=cosine_with_restarts", "training.cycle_count=2", "training.moving_average={}").Settings.Training;

        Assert.Equal((TrainingMethod.Lora, 8, LearningRateSchedule.CosineWithRestarts, 2), (training.Method, training.Lora.Rank, training.LearningRateSchedule, training.CycleCount));
        Assert.False(training.Lora.HasAlpha);
        Assert.NotNull(training.MovingAverage);
    }

    [Fact]
    public void Read_WordNotInThePrompts_NamesEachPrompt() => Assert.Equal(
        [
            "line 6: subject.references[0].prompt does not hold \"<ink>\", the word that is learned; every prompt that is trained on must hold it.",
            "--set: subject.anchors[1] does not hold \"<ink>\", the word that is learned; every prompt that is trained on must hold it.",
        ],
        _folder.Problems(RunFileFolder.Good, "training.method=textual_inversion", "training.textual_inversion={token: <ink>, initial_word: oil}", "subject.anchors=[a tie <ink>, a drum, a <ink> chair]"));

    [Fact]
    public void Read_SettingsOfAnotherMethod_NameTheirLine() => Assert.Equal(
        ["line 14: training.lora is given, but the method is dreambooth; leave it out, or set the method to lora."],
        _folder.Problems(RunFileFolder.Good.Replace("training:", "training:\n  lora: {rank: 8}")));

    [Fact]
    public void Read_UnknownMethodAndKey_NamesThem() => Assert.Equal(
        [
            "--set: 'training.lora.ranc' is not a key of a run file. Did you mean 'training.lora.rank'?",
            "--set: training.method is 'hypernetwork'; it must be one of dreambooth, lora, textual_inversion, custom_diffusion.",
        ],
        _folder.Problems(RunFileFolder.Good, "training.method=hypernetwork", "training.lora.ranc=8").Order());

    [Fact]
    public void Read_WordWithWhiteSpace_IsRefused() => Assert.Contains(
        @"--set: training.custom_diffusion.modifier.token is a b; it must match ^\S+$.",
        _folder.Problems(RunFileFolder.Good, "training.method=custom_diffusion", "training.custom_diffusion.modifier={token: a b, initial_word: oil}"));

    [Fact]
    public void Read_UnknownKey_NamesItsLineAndTheNearestKey() => Assert.Equal(
        ["line 15: 'training.learn_rate' is not a key of a run file. Did you mean 'training.learning_rate'?"],
        _folder.Problems(RunFileFolder.Good.Replace("learning_rate", "learn_rate")));

    [Fact]
    public void Read_KeyInTheWrongPlace_NamesTheRightPlace() => Assert.Equal(
        ["--set: 'guidance_scale' is not a key of a run file. Did you mean 'sampling.guidance_scale'?"],
        _folder.Problems(RunFileFolder.Good, "guidance_scale=3"));

    [Fact]
    public void Read_SeveralMistakes_ReportsAllAtOnce()
    {
        var problems = _folder.Problems(RunFileFolder.Good, "training.learning_rate=NaN", "active_learning.images_per_anchor=0", "training.batch_size=two", "seed=-1");

        Assert.Equal(4, problems.Count);
        Assert.Contains("--set: training.learning_rate is NaN; it must lie in (0, 1).", problems);
        Assert.Contains("--set: active_learning.images_per_anchor is 0; it must lie in [1, 1,000].", problems);
        Assert.Contains("--set: training.batch_size is 'two'; it must be a whole number.", problems);
        Assert.Contains("--set: seed is -1; it must lie in [0, 2,147,483,648).", problems);
    }

    [Fact]
    public void Read_EmptyAnchors_SaysHowManyAreNeeded() => Assert.Equal(
        ["--set: subject.anchors is empty; it needs 1 to 1,024 entries."],
        _folder.Problems(RunFileFolder.Good, "subject.anchors=[]"));

    [Fact]
    public void Read_MoreAnchorsPerRoundThanThePool_NamesBothNumbers() => Assert.Equal(
        ["--set: active_learning.anchors_per_round is 4, but the pool has 3 anchors; choose at most that many, or add anchors."],
        _folder.Problems(RunFileFolder.Good, "active_learning.anchors_per_round=4"));

    [Fact]
    public void Read_NegativeWeight_IsRefused() => Assert.Equal(
        ["--set: prior_preservation.prior_loss_weight is -1; it must lie in [0, 100].", "--set: prior_preservation.class_prompt is empty; it must not be empty."],
        _folder.Problems(RunFileFolder.Good, "prior_preservation.prior_loss_weight=-1", "prior_preservation.class_prompt=''"));

    [Fact]
    public void Read_RequiredKeysMissing_NamesEach()
    {
        var problems = _folder.Problems("name: x\nsubject:\n  mode: style\n");

        Assert.Equal(["line 3: subject.references is missing.", "line 3: subject.non_soi_texts is missing.", "line 3: subject.anchors is missing."], problems);
    }

    [Fact]
    public void Read_WrongWord_ListsTheWords() => Assert.Equal(
        ["--set: active_learning.strategy is 'best'; it must be one of dreambooth, random, uncertainty, clip_feedback."],
        _folder.Problems(RunFileFolder.Good, "active_learning.strategy=best"));

    [Fact]
    public void Read_MissingPicture_NamesKeyAndFile()
    {
        var problem = Assert.Single(_folder.Problems(RunFileFolder.Good.Replace("cat.png", "dog.png")));

        Assert.Equal($"line 6: subject.references[0].image: there is no file {_folder.PathOf("dog.png")}.", problem);
    }

    [Fact]
    public void Read_SameAnchorTwice_NamesBoth() => Assert.Equal(
        ["line 10: subject.anchors[2] is the same prompt as subject.anchors[0]; every anchor must be another direction."],
        _folder.Problems(RunFileFolder.Good.Replace("a chair", "a tie")));

    [Fact]
    public void Read_NoYaml_NamesTheLine() => Assert.StartsWith("line 2: This is not YAML", Assert.Single(_folder.Problems("name: x\n\tseed: 1\n")));

    [Fact]
    public void Read_FileMissing_NamesItsFullPath()
    {
        var path = _folder.PathOf("none.yaml");

        var problem = Assert.Single(Assert.Throws<RunFileException>(() => RunFileReader.Read(path, [])).Problems);

        Assert.Equal($"There is no file {path}.", problem.Message);
    }

    [Fact]
    public void Read_NotUtf8_IsRefused()
    {
        var path = _folder.PathOf("latin1.yaml");
        File.WriteAllBytes(path, [.. "name: "u8, 0xE9, (byte)'\n']);

        Assert.Contains("The file is not UTF-8 text", Assert.Single(Assert.Throws<RunFileException>(() => RunFileReader.Read(path, [])).Problems).ToString());
    }

    [Fact]
    public void Read_NameOfTwoLines_IsRefused() => Assert.Equal(
        ["--set: name is two\\u000alines; it must be one line without control characters."],
        _folder.Problems(RunFileFolder.Good, "name=\"two\\nlines\""));

    [Fact]
    public void Read_SecondDocument_IsRefused() =>
        Assert.Contains("A second document begins here", Assert.Single(_folder.Problems(RunFileFolder.Good + "\n---\nseed: 1\n")));
}
