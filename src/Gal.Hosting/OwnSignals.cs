using Microsoft.Extensions.Hosting;

namespace Gal.Hosting;

/// <summary>Leaves Ctrl-C and SIGTERM to the program that hosts the service.</summary>
internal sealed class OwnSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
