using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination.Driving;

/// <summary>Tells errors of the run's own history from those of its work.</summary>
internal static class HistoryErrors
{
    /// <summary>Whether the database could not be read or written.</summary>
    public static bool Is(Exception e) => e is DbUpdateException or DbException;
}
