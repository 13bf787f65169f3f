using Gal.Artifacts;
using Gal.Diffusion.Runtime;
using Gal.ModelServing.Models;
using Gal.V1;

namespace Gal.ModelServing;

/// <summary>Says what a service with models can do.</summary>
public sealed class ServiceCapabilities(ModelServiceOptions options, ModelCatalog models, IArtifactStore artifacts, DeviceWorker device)
{
    private const int ImageCount = 1024;

    /// <summary>The answer to GetCapabilities.</summary>
    /// <param name="service">"generation", "training" or "scoring".</param>
    /// <param name="components">What the service has beyond torch.</param>
    /// <param name="cancellationToken">Gives up waiting for the device.</param>
    public async Task<Capabilities> DescribeAsync(string service, IEnumerable<Component> components, CancellationToken cancellationToken)
    {
        var runtime = await device.RunAsync(TorchRuntime.EnsureLoaded, cancellationToken);
        var capabilities = new Capabilities
        {
            Service = service,
            Version = typeof(ServiceCapabilities).Assembly.GetName().Version!.ToString(3),
            ArtifactStore = artifacts.Name,
            Limits = new() { MessageSizeBytes = options.MessageSizeBytes, ImagePixelCount = options.ImagePixelCount, QueueCapacity = options.QueueCapacity, ImageCount = ImageCount },
        };
        capabilities.Models.AddRange(models.Names);
        capabilities.Devices.Add(TorchDescription.Describe(runtime, device.Device));
        capabilities.Components.AddRange([.. TorchDescription.Components(runtime), .. components]);
        return capabilities;
    }
}
