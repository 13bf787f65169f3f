using Gal.ActiveLearning.Presets;
using Gal.Cli.RunFiles;
using Gal.Tests;
using Gal.V1;
using YamlDotNet.RepresentationModel;

namespace Gal.Cli.Tests.RunFiles;

/// <summary>samples/paper: run files whose pictures are the user's.</summary>
public sealed class PaperSamplesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-paper-");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Repository.Sample("paper"), "*.yaml").Select(path => Path.GetFileName(path)).Order()];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Folder_TenObjectsAndFiveStyles_AreThereInBothPresets()
    {
        var names = Files.Select(row => row.Data.Split('.')[0]).CountBy(name => name).ToList();
        Assert.Equal(15, names.Count);
        Assert.All(names, pair => Assert.Equal(2, pair.Value));
        Assert.Equal(10, names.Count(pair => File.ReadAllText(Repository.Sample("paper", $"{pair.Key}.paper.yaml")).Contains("mode: object", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_WithPictures_HasThePublishedSettings(string file)
    {
        var path = Path.Combine(_folder.FullName, file);
        File.Copy(Repository.Sample("paper", file), path);
        AddPictures(path);

        var settings = RunFileReader.Read(path, [RunFileOverride.Parse("model=/data/sd15")!]).Settings;

        var isPaper = file.EndsWith(".paper.yaml", StringComparison.Ordinal);
        var isObject = settings.Subject.Mode == SubjectMode.Object;
        var preset = Preset.Of(isPaper ? PresetName.Paper : PresetName.Authors, isObject ? ActiveLearning.Subjects.SubjectMode.Object : ActiveLearning.Subjects.SubjectMode.Style);
        Assert.Equal("/data/sd15", settings.Model);
        Assert.Equal(preset.AnchorsOf(settings.Subject.SubjectText), settings.Subject.Anchors);
        Assert.Equal(18, settings.Subject.Anchors.Count);
        Assert.Equal(isObject ? (file.StartsWith("wooden-pot", StringComparison.Ordinal) ? 600 : 800) : 500, settings.Training.StepCount);
        Assert.Equal((5e-6, !isObject && !isPaper ? 2 : 1), (settings.Training.LearningRate, settings.Training.BatchSize));
        Assert.Equal((isPaper ? Scheduler.Ddpm : Scheduler.DpmSolverPp2M, 50, 7.5), (settings.Sampling.Scheduler, settings.Sampling.InferenceStepCount, settings.Sampling.GuidanceScale));
        Assert.Equal(isObject && !isPaper ? 200 : null, settings.PriorPreservation?.ClassImageCount);
        Assert.All(settings.Subject.NonSoiTexts, text => Assert.DoesNotContain("sks", text, StringComparison.Ordinal));
        Assert.Equal((4, 10, 3, 0.005), (settings.ActiveLearning.MaxRoundCount, settings.ActiveLearning.ImagesPerAnchor, settings.ActiveLearning.AnchorsPerRound, settings.ActiveLearning.OpennessFactor));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_WithoutPictures_NamesEachOne(string file)
    {
        var problems = Assert.Throws<RunFileException>(() => RunFileReader.Read(Repository.Sample("paper", file), [])).Problems;

        var pictures = Pictures(Repository.Sample("paper", file)).ToList();
        Assert.Equal(pictures.Count, problems.Count);
        Assert.All(pictures.Zip(problems), pair => Assert.Contains($"there is no file {Repository.Sample("paper", pair.First)}.", pair.Second.ToString(), StringComparison.Ordinal));
    }

    private static IEnumerable<string> Pictures(string path)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(path)));
        var references = (YamlSequenceNode)yaml.Documents[0].RootNode["subject"]["references"];
        return references.Select(reference => reference["image"].ToString());
    }

    private void AddPictures(string path)
    {
        foreach (var picture in Pictures(path).Select(relative => Path.Combine(_folder.FullName, relative)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(picture)!);
            File.Copy(Repository.Golden("preprocess", "exif-1.jpg"), picture);
        }
    }
}
