using Gal.Diffusion.Training;
using Gal.Hosting;
using Gal.Hosting.Errors;
using Gal.Hosting.Validation;
using Gal.ModelServing;
using Gal.Training.Jobs;
using Gal.Training.Memory;
using Gal.Training.Sessions;
using Gal.V1;

namespace Gal.Training;

/// <summary>Builds the service, for its own program and for programs that host several.</summary>
public static class TrainingServiceHost
{
    /// <summary>Builds the service; <see cref="ServiceRunner.StartAsync"/> starts it.</summary>
    /// <exception cref="ServiceOptionsException">A setting is wrong.</exception>
    public static WebApplication Build(TrainingServiceOptions options) =>
        Build(options, services => services.AddSingleton<ITrainingEngine, DiffusionEngine>());

    /// <summary>Builds the service on another engine.</summary>
    internal static WebApplication Build(TrainingServiceOptions options, Action<IServiceCollection> addEngine)
    {
        var builder = ServiceHost.CreateBuilder(options);
        builder.Services.AddModelServing(options);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<MemoryCheck>();
        builder.Services.AddSingleton<TrainingPlanner>();
        builder.Services.AddSingleton<IRequestRules<CreateTrainingRequest>, TrainingRequestRules>();
        builder.Services.AddSingleton(ExceptionMapping.For<TrainingDivergedException>(e => RpcErrors.Status(
            Google.Rpc.Code.FailedPrecondition, "LOSS_NOT_FINITE", $"{e.Message} The weights of the step before are kept in saved_weights.")));
        builder.Services.AddJobs<CreateTrainingRequest, V1.Training, TrainingEvent, TrainingRunner>();
        addEngine(builder.Services);
        return ServiceHost.Build(builder, app => app.MapGrpcService<TrainingGrpcService>());
    }
}
