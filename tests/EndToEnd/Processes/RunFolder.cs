using System.Text.Json;
using Gal.V1;
using Google.Protobuf;

namespace Gal.EndToEnd.Processes;

/// <summary>A temporary folder with a run file and the folder that the run leaves behind.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("gal-").FullName;

    public RunFolder(string runFile)
    {
        File = Path.Combine(_root, "run.yaml");
        System.IO.File.WriteAllText(File, runFile);
    }

    /// <summary>The run file.</summary>
    public string File { get; }

    /// <summary>Where the run's results go.</summary>
    public string Out => Path.Combine(_root, "out");

    /// <summary>Whether the run was written down, so that it can be resumed.</summary>
    public bool HasRun => Directory.Exists(Path.Combine(Out, "state")) && System.IO.File.Exists(Path.Combine(Out, "state", "run.json"));

    /// <summary>Whether a killed process left a file that had not got its name yet.</summary>
    public bool HasHalfWritten => Directory.Exists(Out) && Directory.EnumerateFiles(Out, "*.tmp", SearchOption.AllDirectories).Any();

    /// <summary>The digest in record.json.</summary>
    public string Digest
    {
        get
        {
            using var record = Read();
            return record.RootElement.GetProperty("digest").GetString()!;
        }
    }

    /// <summary>The run in record.json.</summary>
    public Run Run
    {
        get
        {
            using var record = Read();
            return JsonParser.Default.Parse<Run>(record.RootElement.GetProperty("run").GetRawText());
        }
    }

    /// <summary>Removes the results, to start anew.</summary>
    public void Clear()
    {
        if (Directory.Exists(Out))
        {
            Directory.Delete(Out, recursive: true);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private JsonDocument Read() => JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Out, "record.json")));
}
