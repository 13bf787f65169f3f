using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination.Storage;

/// <summary>The database of runs: one table to find them, one append-only table of their events.</summary>
internal sealed class RunsContext(DbContextOptions<RunsContext> options) : DbContext(options)
{
    /// <summary>All runs.</summary>
    public DbSet<RunRow> Runs => Set<RunRow>();

    /// <summary>All events.</summary>
    public DbSet<EventRow> Events => Set<EventRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RunRow>(run =>
        {
            run.HasKey(r => r.Id);
            run.HasIndex(r => r.RequestId).IsUnique();
        });
        modelBuilder.Entity<EventRow>(item =>
        {
            item.HasKey(e => new { e.RunId, e.SequenceNumber });
            item.HasOne<RunRow>().WithMany().HasForeignKey(e => e.RunId).OnDelete(DeleteBehavior.Restrict);
        });
    }
}
