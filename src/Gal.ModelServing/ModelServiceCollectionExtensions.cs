using Gal.Diffusion.Runtime;
using Gal.ModelServing.Images;
using Gal.ModelServing.Models;
using Microsoft.Extensions.DependencyInjection;

namespace Gal.ModelServing;

/// <summary>Adds what services with models share.</summary>
public static class ModelServiceCollectionExtensions
{
    /// <summary>Adds the model catalogue, the picture reader, the device's owner and the words for torch's errors.</summary>
    public static IServiceCollection AddModelServing(this IServiceCollection services, ModelServiceOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton<ModelTexts>();
        services.AddSingleton<ImageReader>();
        services.AddSingleton<ServiceCapabilities>();
        foreach (var mapping in TorchErrors.Mappings)
        {
            services.AddSingleton(mapping);
        }

        // An instance that was handed in belongs to whoever made it; one made here ends with the service.
        return options.Device is { } shared ? services.AddSingleton(shared) : services.AddSingleton(_ => new DeviceWorker(options.ComputeDevice));
    }
}
