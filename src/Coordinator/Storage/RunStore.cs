using Gal.Coordination.Events;
using Gal.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination.Storage;

/// <summary>Runs and their events in SQLite. Each write is one transaction, on disk when the call returns.</summary>
internal sealed class RunStore(IDbContextFactory<RunsContext> contexts, TimeProvider time)
{
    // The database itself refuses to change history, whatever program opens it.
    private const string AppendOnlyTriggers = """
        CREATE TRIGGER IF NOT EXISTS events_keep BEFORE DELETE ON Events BEGIN SELECT RAISE(ABORT, 'Events are never removed.'); END;
        CREATE TRIGGER IF NOT EXISTS events_fixed BEFORE UPDATE ON Events BEGIN SELECT RAISE(ABORT, 'Events are never changed.'); END;
        """;

    /// <summary>Makes the tables if they are absent.</summary>
    /// <exception cref="ServiceOptionsException">The file is no database, is damaged, or cannot be written.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await context.Database.EnsureCreatedAsync(cancellationToken);
            await context.Database.ExecuteSqlRawAsync(AppendOnlyTriggers, cancellationToken);
        }
        catch (SqliteException exception)
        {
            var path = Path.GetFullPath(context.Database.GetDbConnection().DataSource);
            throw new ServiceOptionsException([$"The runs' database {path} cannot be used: {exception.Message.TrimEnd('.')}. If it is damaged, put a copy of it back; without the file the runs are gone, but their folders' reports stay."]);
        }
    }

    /// <summary>Stores a new run with its first event.</summary>
    public async Task<RecordedEvent> CreateAsync(RunRow run, StoredEvent.RunCreated created, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Runs.Add(run);
        var recorded = new RecordedEvent(1, time.GetUtcNow(), created);
        context.Events.Add(ToRow(run.Id, recorded));
        await context.SaveChangesAsync(cancellationToken);
        return recorded;
    }

    /// <summary>Stores the next event of a run.</summary>
    public async Task<RecordedEvent> AppendAsync(string runId, long sequenceNumber, StoredEvent item, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var recorded = new RecordedEvent(sequenceNumber, time.GetUtcNow(), item);
        context.Events.Add(ToRow(runId, recorded));
        await context.SaveChangesAsync(cancellationToken);
        return recorded;
    }

    /// <summary>The events of a run after a number, in order.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> ReadAsync(string runId, long afterSequenceNumber, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.Events.AsNoTracking().Where(e => e.RunId == runId && e.SequenceNumber > afterSequenceNumber).OrderBy(e => e.SequenceNumber).ToListAsync(cancellationToken);
        return [.. rows.Select(FromRow)];
    }

    /// <summary>The run that a request made; null if there is none.</summary>
    public async Task<RunRow?> FindRequestAsync(string requestId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.RequestId == requestId, cancellationToken);
    }

    /// <summary>Ids of runs, newest first.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="beforeId">Only older ones than this; all if empty.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<string>> ListAsync(int count, string beforeId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var ids = context.Runs.AsNoTracking().Select(r => r.Id);
        if (beforeId.Length > 0)
        {
            ids = ids.Where(id => string.Compare(id, beforeId) < 0);
        }

        return await ids.OrderByDescending(id => id).Take(count).ToListAsync(cancellationToken);
    }

    /// <summary>Ids of the runs whose last event is not an end, oldest first.</summary>
    public async Task<IReadOnlyList<string>> ListUnfinishedAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var last = await context.Events.AsNoTracking().Where(e => e.SequenceNumber == context.Events.Where(o => o.RunId == e.RunId).Max(o => o.SequenceNumber)).OrderBy(e => e.RunId).ToListAsync(cancellationToken);
        return [.. last.Where(row => FromRow(row).Event is not StoredEvent.PhaseChanged { Phase: RunPhase.Succeeded or RunPhase.Failed or RunPhase.Cancelled }).Select(row => row.RunId)];
    }

    private static EventRow ToRow(string runId, RecordedEvent recorded) => new()
    {
        RunId = runId,
        SequenceNumber = recorded.SequenceNumber,
        Time = recorded.Time,
        Kind = EventFormat.KindOf(recorded.Event),
        Version = EventFormat.Version,
        Json = EventFormat.Write(recorded.Event),
    };

    private static RecordedEvent FromRow(EventRow row) => new(row.SequenceNumber, row.Time, EventFormat.Read(row.Kind, row.Version, row.Json));
}
