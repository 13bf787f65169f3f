using System.Text.Json;
using Gal.Hosting.Durability;
using Google.Protobuf;

namespace Gal.Hosting.Jobs;

/// <summary>Jobs on disk, one folder each: job.json and request.pb, written once; resource.pb, replaced whole; events.log, appended to; and whatever the job's runner keeps in work/.</summary>
internal sealed class JobStore<TRequest, TResource, TEvent>
    where TRequest : IMessage<TRequest>, new()
    where TResource : IMessage<TResource>, new()
    where TEvent : IMessage<TEvent>, new()
{
    private readonly string _root;

    /// <summary>Opens the store and removes what unfinished creations left.</summary>
    public JobStore(string root)
    {
        _root = root;
        Directory.CreateDirectory(root);
        foreach (var leftover in Directory.EnumerateDirectories(root, "*.tmp"))
        {
            Directory.Delete(leftover, recursive: true);
        }
    }

    /// <summary>All jobs, in no order.</summary>
    public IEnumerable<JobRecord> ReadRecords() =>
        from folder in Directory.EnumerateDirectories(_root)
        where File.Exists(Path.Combine(folder, "job.json"))
        select JsonSerializer.Deserialize<JobRecord>(File.ReadAllBytes(Path.Combine(folder, "job.json")))!;

    /// <summary>Makes a job's folder. It is there whole or not at all.</summary>
    public void Create(JobRecord record, TRequest request, TResource resource)
    {
        var folder = Folder(record.Id);
        var temporary = folder + ".tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            DurableFile.WriteAndFlush(Path.Combine(temporary, "job.json"), JsonSerializer.SerializeToUtf8Bytes(record));
            DurableFile.WriteAndFlush(Path.Combine(temporary, "request.pb"), request.ToByteArray());
            DurableFile.WriteAndFlush(Path.Combine(temporary, "resource.pb"), resource.ToByteArray());
            DurableFile.Publish(temporary, folder);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Removes a job that was refused after all. Its name changes first, so that a crash in between leaves no half of it.</summary>
    public void Delete(string id)
    {
        var doomed = Folder(id) + ".tmp";
        Directory.Move(Folder(id), doomed);
        Directory.Delete(doomed, recursive: true);
    }

    public TRequest ReadRequest(string id) => Read<TRequest>(Path.Combine(Folder(id), "request.pb"));

    public TResource ReadResource(string id) => Read<TResource>(Path.Combine(Folder(id), "resource.pb"));

    public void WriteResource(string id, TResource resource) => DurableFile.Write(Path.Combine(Folder(id), "resource.pb"), resource.ToByteArray());

    public EventLog<TEvent> OpenEvents(string id, out List<TEvent> events) => EventLog<TEvent>.Open(EventsPath(id), out events);

    public List<TEvent> ReadEvents(string id) => EventLog<TEvent>.Read(EventsPath(id));

    /// <summary>The folder for files of the job's runner.</summary>
    public string WorkFolder(string id) => Path.Combine(Folder(id), "work");

    private string Folder(string id) => Path.Combine(_root, id);

    private string EventsPath(string id) => Path.Combine(Folder(id), "events.log");

    private static T Read<T>(string path)
        where T : IMessage<T>, new() => new MessageParser<T>(() => new T()).ParseFrom(File.ReadAllBytes(path));
}
