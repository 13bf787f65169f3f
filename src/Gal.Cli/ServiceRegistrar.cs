using Microsoft.Extensions.DependencyInjection;
using Spectre.Console.Cli;

namespace Gal.Cli;

/// <summary>Lets commands take what they need through their constructors.</summary>
internal sealed class ServiceRegistrar(IServiceCollection services) : ITypeRegistrar
{
    /// <inheritdoc/>
    public ITypeResolver Build() => new Resolver(services.BuildServiceProvider());

    /// <inheritdoc/>
    public void Register(Type service, Type implementation) => services.AddSingleton(service, implementation);

    /// <inheritdoc/>
    public void RegisterInstance(Type service, object implementation) => services.AddSingleton(service, implementation);

    /// <inheritdoc/>
    public void RegisterLazy(Type service, Func<object> factory) => services.AddSingleton(service, _ => factory());

    private sealed class Resolver(ServiceProvider provider) : ITypeResolver, IDisposable
    {
        public object? Resolve(Type? type) => type is null ? null : provider.GetService(type);

        public void Dispose() => provider.Dispose();
    }
}
