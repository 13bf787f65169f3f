using System.Text.Json;
using Gal.Cli.Errors;

namespace Gal.Cli.RunFolders;

/// <summary>The folder that a run leaves behind: what a user looks at on top, what the services need in <c>state</c>.</summary>
internal sealed class RunFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private RunFolder(string path) => Path = path;

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The services' own data: artifacts, jobs, the coordinator's record. Needed to resume; can be deleted once the run is done.</summary>
    public string State => System.IO.Path.Combine(Path, "state");

    /// <summary>The services' log.</summary>
    public string Log => System.IO.Path.Combine(State, "services.log");

    /// <summary>The last round's model, in Hugging Face's layout.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint");

    /// <summary>What the coordinator is asked for, in case the program is killed before it has answered.</summary>
    public string Request => System.IO.Path.Combine(State, "request.json");

    private string TicketFile => System.IO.Path.Combine(State, "run.json");

    /// <summary>A round's pictures.</summary>
    public string Round(int number) => System.IO.Path.Combine(Path, "rounds", number.ToString());

    /// <summary>Makes the folder for a new run.</summary>
    /// <param name="path">Where the user wants it; null for <c>out/NAME-DATE-TIME</c> in the working folder.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="time">Gives date and time.</param>
    /// <exception cref="CliException">There is something in it already, or it cannot be made.</exception>
    public static RunFolder Create(string? path, string name, TimeProvider time)
    {
        var folder = new RunFolder(System.IO.Path.GetFullPath(path ?? System.IO.Path.Combine("out", $"{FileName(name)}-{time.GetLocalNow():yyyyMMdd-HHmmss}")));
        if (File.Exists(folder.TicketFile))
        {
            throw CliException.BadInput($"--out: {folder.Path} holds a run already. Go on with it by \"gal resume {folder.Path}\", or choose another folder.");
        }
        if (File.Exists(folder.Path) || (Directory.Exists(folder.Path) && Directory.EnumerateFileSystemEntries(folder.Path).Any()))
        {
            throw CliException.BadInput($"--out: {folder.Path} is not an empty folder; choose a new one, so that nothing is overwritten.");
        }
        try
        {
            Directory.CreateDirectory(folder.State);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.BadInput, $"--out: {folder.Path} cannot be made ({exception.Message}).", exception);
        }
        return folder;
    }

    /// <summary>Makes the folder for several runs, or opens it to go on with them.</summary>
    public static RunFolder CreateOrReopen(string? path, string name, TimeProvider time) =>
        path is not null && Directory.Exists(System.IO.Path.Combine(path, "state")) && !IsOne(path) ? new RunFolder(System.IO.Path.GetFullPath(path)) : Create(path, name, time);

    /// <summary>A folder for one of several runs that share their services.</summary>
    public static RunFolder Inside(RunFolder parent, string name) => new(System.IO.Path.Combine(parent.Path, FileName(name)));

    /// <summary>Opens a folder that holds a run.</summary>
    /// <exception cref="CliException">It holds none.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(System.IO.Path.GetFullPath(path));
        return File.Exists(folder.TicketFile)
            ? folder
            : throw CliException.BadInput($"{folder.Path} holds no run: {folder.TicketFile} is missing.");
    }

    /// <summary>Whether a path is a folder with a run in it.</summary>
    public static bool IsOne(string path) => File.Exists(new RunFolder(System.IO.Path.GetFullPath(path)).TicketFile);

    /// <summary>Removes the folder again if no run came to be in it.</summary>
    public void DiscardIfUnused()
    {
        if (Directory.Exists(Path) && (!File.Exists(TicketFile) || ReadTicket().Run is null))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    /// <summary>Keeps other processes out while the result lives.</summary>
    /// <exception cref="CliException">Another one works in the folder.</exception>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(State, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new CliException(ExitCodes.BadInput, $"Another gal works in {Path}. Watch it by \"gal watch {Path}\", or wait until it is done.", exception);
        }
    }

    /// <summary>Writes down what is needed to find the run again.</summary>
    public void Write(RunTicket ticket)
    {
        var temporary = TicketFile + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(ticket, Json));
        File.Move(temporary, TicketFile, overwrite: true);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public RunTicket ReadTicket()
    {
        try
        {
            return JsonSerializer.Deserialize<RunTicket>(File.ReadAllText(TicketFile), Json) ?? throw new JsonException("It is empty.");
        }
        catch (JsonException exception)
        {
            throw new CliException(ExitCodes.BadInput, $"{TicketFile} is damaged: {exception.Message}", exception);
        }
    }

    // A run's name may hold anything; a folder's may not.
    private static string FileName(string name)
    {
        var safe = new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]).Trim('-', '.');
        return safe.Length == 0 ? "run" : safe[..Math.Min(safe.Length, 60)];
    }
}
