using Gal.Coordination.Storage;
using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>Opens a coordinator's database as the coordinator does.</summary>
internal sealed class DatabaseContexts(string folder) : IDbContextFactory<RunsContext>
{
    public RunsContext CreateDbContext() => new(new DbContextOptionsBuilder<RunsContext>().UseSqlite($"Data Source={Path.Combine(folder, "runs.db")}").AddInterceptors(new DurableConnections()).Options);
}
