using Gal.Coordination;
using Gal.Generation;
using Gal.Hosting;
using Gal.Scoring;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.Training;
using Gal.V1;
using Microsoft.AspNetCore.Builder;

namespace Gal.EndToEnd.Replicas;

/// <summary>Two replicas of one service in processes of their own; the other services and the coordinator in this one. All have the shipped model.</summary>
internal sealed class ReplicatedServices : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunningService> _services = [];
    private readonly List<ServiceProcess> _replicas = [];

    private ReplicatedServices()
    {
    }

    public ServiceProcess First => _replicas[0];

    public ServiceProcess Second => _replicas[1];

    public CoordinatorService.CoordinatorServiceClient Client => new(_services[^1].Invoker);

    /// <summary>Starts all.</summary>
    /// <param name="replicated">"ScoringService" or "GenerationService".</param>
    public static async Task<ReplicatedServices> StartAsync(string replicated)
    {
        var services = new ReplicatedServices();
        try
        {
            await services.StartAllAsync(replicated);
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var service in Enumerable.Reverse(_services))
            {
                await service.DisposeAsync();
            }
        }
        finally
        {
            _replicas.ForEach(replica => replica.Dispose());
            _folder.Dispose();
        }
    }

    private async Task StartAllAsync(string replicated)
    {
        _replicas.Add(await ServiceProcess.StartAsync(replicated, _folder, "first"));
        _replicas.Add(await ServiceProcess.StartAsync(replicated, _folder, "second"));
        var both = string.Join(',', _replicas.Select(replica => replica.Address));
        var options = Settle(new CoordinatorOptions(), "coordinator");
        options.TrainingAddress = await StartAsync(TrainingServiceHost.Build(Settle(new TrainingServiceOptions { ModelFolders = [Repository.EmojiModel] }, "training")));
        options.ScoringAddress = replicated == "ScoringService" ? both : await StartAsync(ScoringServiceHost.Build(Settle(new ScoringServiceOptions { ModelFolders = [Repository.EmojiModel] }, "scoring")));
        options.GenerationAddress = replicated == "GenerationService" ? both : await StartAsync(GenerationServiceHost.Build(Settle(new GenerationServiceOptions { ModelFolders = [Repository.EmojiModel] }, "generation")));
        await StartAsync(CoordinatorHost.Build(options));
    }

    private TOptions Settle<TOptions>(TOptions options, string name)
        where TOptions : ServiceHostOptions
    {
        RunningService.Settle(options, _folder).StateFolder = _folder.Combine(name);
        return options;
    }

    private async Task<string> StartAsync(WebApplication service)
    {
        _services.Add(await RunningService.StartAsync(service));
        return _services[^1].Address;
    }
}
