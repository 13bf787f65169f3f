using Gal.Cli.Errors;
using Gal.Cli.RunFolders;
using Microsoft.Extensions.Time.Testing;

namespace Gal.Cli.Tests.RunFolders;

public sealed class RunFolderTests : IDisposable
{
    private static readonly RunTicket Ticket = new("runs/a", "id", null, null, "/models/x", null);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-folder-");
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Delete(recursive: true);

    private RunFolder Create(string name = "run") => RunFolder.Create(Path.Combine(_folder.FullName, name), name, _time);

    [Fact]
    public void ReadTicket_Written_IsTheSame()
    {
        var folder = Create();
        folder.Write(Ticket);

        Assert.Equal(Ticket, RunFolder.Open(folder.Path).ReadTicket());
        Assert.True(RunFolder.IsOne(folder.Path));
    }

    [Fact]
    public void Create_FolderHoldsARun_SaysHowToGoOn()
    {
        Create().Write(Ticket);

        Assert.Contains("gal resume", Assert.Throws<CliException>(() => Create()).Message);
    }

    [Fact]
    public void Lock_HeldByAnother_IsRefused()
    {
        var folder = Create();
        using var held = folder.Lock();

        Assert.Contains("Another gal works in", Assert.Throws<CliException>(folder.Lock).Message);
    }

    [Fact]
    public void DiscardIfUnused_RunAccepted_KeepsIt()
    {
        var (used, unused) = (Create("used"), Create("unused"));
        used.Write(Ticket);
        unused.Write(Ticket with { Run = null });

        used.DiscardIfUnused();
        unused.DiscardIfUnused();

        Assert.Equal([true, false], new[] { used, unused }.Select(folder => Directory.Exists(folder.Path)));
    }

    [Fact]
    public void ReadTicket_Damaged_NamesTheFile()
    {
        var folder = Create();
        folder.Write(Ticket);
        File.WriteAllText(Path.Combine(folder.State, "run.json"), "{");

        Assert.Contains("run.json is damaged", Assert.Throws<CliException>(folder.ReadTicket).Message);
    }

    [Fact]
    public void Inside_NameWithPathTricks_StaysInside()
    {
        var inside = RunFolder.Inside(Create(), "../../etc");

        Assert.Equal(Path.Combine(_folder.FullName, "run"), Path.GetDirectoryName(inside.Path));
    }
}
