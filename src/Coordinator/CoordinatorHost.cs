using System.Data.Common;
using Gal.Coordination.Api;
using Gal.Coordination.Driving;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Coordination.Storage;
using Gal.Hosting;
using Gal.Hosting.Errors;
using Gal.Hosting.Validation;
using Gal.V1;
using Google.Rpc;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Gal.Coordination;

/// <summary>Builds the coordinator: used by its own program and by <c>gal</c>, which runs all services in one process.</summary>
public static class CoordinatorHost
{
    /// <summary>Builds a coordinator that is not started yet.</summary>
    /// <exception cref="ServiceOptionsException">A setting is wrong.</exception>
    public static WebApplication Build(CoordinatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = ServiceHost.CreateBuilder(options);
        Directory.CreateDirectory(options.StateFolder);
        builder.Services.AddSingleton(options);
        builder.Services.AddDbContextFactory<RunsContext>(database => database
            .UseSqlite(new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.StateFolder, "runs.db") }.ToString())
            .AddInterceptors(new DurableConnections()));
        builder.Services.AddSingleton(ExceptionMapping.For<DbUpdateException>(e => ToStatus(e.GetBaseException())));
        builder.Services.AddSingleton(ExceptionMapping.For<DbException>(ToStatus));
        builder.Services.AddSingleton<IRequestRules<CreateRunRequest>, RunRules>();
        builder.Services.AddSingleton<RunStore>().AddSingleton<ServiceClients>().AddSingleton<ArtifactExchange>().AddSingleton<PictureIntake>();
        builder.Services.AddSingleton<RunCreation>().AddSingleton<RunReader>().AddSingleton<RunMeasurement>().AddSingleton<RunScheduler>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<RunScheduler>());
        return ServiceHost.Build(builder, app => app.MapGrpcService<CoordinatorGrpcService>());
    }

    private static Google.Rpc.Status ToStatus(Exception e) => e is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR }
        ? RpcErrors.Exhausted("DISK_FULL", "The disk of the coordinator's state folder is full or cannot be written; nothing that was stored before is lost. Free space and resume the run.")
        : RpcErrors.Status(Code.Internal, "DATABASE_ERROR", "The coordinator's database cannot be used; its log says more.");
}
