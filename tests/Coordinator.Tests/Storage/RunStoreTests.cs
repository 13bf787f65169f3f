using Gal.Coordination.Events;
using Gal.Coordination.Runs;
using Gal.Coordination.Storage;
using Gal.Coordination.Tests.Fakes;
using Gal.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination.Tests.Storage;

public sealed class RunStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-").FullName;

    [Theory]
    [InlineData("UPDATE Events SET Json = ''", "never changed")]
    [InlineData("DELETE FROM Events", "never removed")]
    public async Task Events_ChangedFromOutside_AreKept(string sql, string said)
    {
        var store = await OpenAsync();
        await CreateAsync(store, "a");
        await using var context = new DatabaseContexts(_folder).CreateDbContext();
        var error = await Assert.ThrowsAsync<SqliteException>(() => context.Database.ExecuteSqlRawAsync(sql));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_FileThatIsNoDatabase_NamesIt()
    {
        File.WriteAllText(Path.Combine(_folder, "runs.db"), string.Concat(Enumerable.Repeat("rubbish", 1000)));
        var error = await Assert.ThrowsAsync<ServiceOptionsException>(OpenAsync);
        Assert.Contains("runs.db cannot be used: SQLite Error 26", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppendAsync_NumberTwice_KeepsTheFirst()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "a");
        await store.AppendAsync("a", 2, new StoredEvent.CancelRequested(), default);
        await Assert.ThrowsAsync<DbUpdateException>(() => store.AppendAsync("a", 2, new StoredEvent.PhaseChanged(RunPhase.Running), default));
        Assert.IsType<StoredEvent.CancelRequested>((await store.ReadAsync("a", 1, default)).Single().Event);
    }

    [Fact]
    public async Task ListUnfinishedAsync_EndedAndResumed_GivesThoseThatHaveNotEnded()
    {
        var store = await OpenAsync();
        foreach (var (id, phases) in new (string, RunPhase[])[] { ("a", [RunPhase.Succeeded]), ("b", []), ("c", [RunPhase.Failed, RunPhase.Queued]), ("d", [RunPhase.Cancelled]), ("e", [RunPhase.Running]) })
        {
            await CreateAsync(store, id);
            for (var i = 0; i < phases.Length; i++)
            {
                await store.AppendAsync(id, i + 2, new StoredEvent.PhaseChanged(phases[i]), default);
            }
        }

        Assert.Equal(["b", "c", "e"], await store.ListUnfinishedAsync(default));
        Assert.Equal(["e", "d"], await store.ListAsync(2, "", default));
        Assert.Equal(["b", "a"], await store.ListAsync(5, "c", default));
    }

    [Fact]
    public async Task Connections_Opened_FlushTheLogAtEachCommit()
    {
        await OpenAsync();
        await using var context = new DatabaseContexts(_folder).CreateDbContext();
        Assert.Equal(["wal"], await context.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").ToListAsync());
        Assert.Equal([2], await context.Database.SqlQueryRaw<int>("SELECT synchronous AS Value FROM pragma_synchronous").ToListAsync());
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<RunStore> OpenAsync()
    {
        var store = new RunStore(new DatabaseContexts(_folder), TimeProvider.System);
        await store.OpenAsync(default);
        await store.OpenAsync(default);
        return store;
    }

    private static async Task CreateAsync(RunStore store, string id) => await store.CreateAsync(new RunRow { Id = id, RequestHash = "" }, new StoredEvent.RunCreated(RunDefaults.Fill(Settings.Style())), default);
}
