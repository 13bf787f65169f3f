using Gal.Cli.RunFiles;
using Gal.Tests;

namespace Gal.Cli.Tests.RunFiles;

/// <summary>A folder with a small run file and its picture, deleted at the end of a test.</summary>
internal sealed class RunFileFolder : IDisposable
{
    public const string Good = """
        name: tiny
        subject:
          mode: style
          subject_text: in ink style
          references:
            - image: cat.png
              prompt: a cat in ink style
          non_soi_texts: [a cat in ink style]
          anchors:
            - a tie in ink style
            - a drum in ink style
            - a chair in ink style
        training:
          step_count: 5
          learning_rate: 2e-4
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-run-file-");

    public RunFileFolder() => File.Copy(Repository.Sample("style-watercolor", "reference-1.png"), PathOf("cat.png"));

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Writes the text as run.yaml and reads it.</summary>
    public RunFile Read(string yaml, params string[] sets)
    {
        File.WriteAllText(PathOf("run.yaml"), yaml);
        return RunFileReader.Read(PathOf("run.yaml"), [.. sets.Select(set => RunFileOverride.Parse(set)!)]);
    }

    /// <summary>What is wrong with the text.</summary>
    public IReadOnlyList<string> Problems(string yaml, params string[] sets) =>
        [.. Assert.Throws<RunFileException>(() => Read(yaml, sets)).Problems.Select(problem => problem.ToString())];

    public void Dispose() => _folder.Delete(recursive: true);
}
