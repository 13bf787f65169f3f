using Gal.Tests.Services;

namespace Gal.Hosting.Tests;

/// <summary>A service with nothing but what all services have.</summary>
internal static class BareService
{
    public static Task<RunningService> StartAsync(TemporaryFolder folder, CapturedLog? log = null, Action<ServiceHostOptions>? change = null)
    {
        var options = RunningService.Settle(new ServiceHostOptions(), folder, log);
        change?.Invoke(options);
        return RunningService.StartAsync(ServiceHost.Build(ServiceHost.CreateBuilder(options), _ => { }));
    }
}
