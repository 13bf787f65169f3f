using System.Net.Sockets;
using Gal.Artifacts;
using Gal.Hosting.Artifacts;
using Gal.Hosting.Calls;
using Gal.Hosting.Errors;
using Gal.Hosting.Jobs;
using Gal.Hosting.Queues;
using Gal.Hosting.Validation;
using Gal.Hosting.Web;
using Gal.V1;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProtoValidate;

namespace Gal.Hosting;

/// <summary>What all services share: the listener, gRPC, health, reflection, rules, errors, the artifact store and the log.</summary>
public static class ServiceHost
{
    private const int WindowSizeBytes = 1024 * 1024;

    /// <summary>Starts to build a service. Add the service's own parts, then call <see cref="Build"/>.</summary>
    /// <exception cref="ServiceOptionsException">A setting is wrong.</exception>
    public static WebApplicationBuilder CreateBuilder(ServiceHostOptions options)
    {
        options.Validate();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        AddLogging(builder.Logging, options);
        AddServices(builder.Services, options);
        return builder;
    }

    /// <summary>Finishes a service: maps its gRPC services beside those that every service hosts.</summary>
    /// <param name="builder">From <see cref="CreateBuilder"/>.</param>
    /// <param name="map">Maps the service's own gRPC services.</param>
    public static WebApplication Build(WebApplicationBuilder builder, Action<IEndpointRouteBuilder> map)
    {
        var app = builder.Build();
        app.UseMiddleware<SameOriginMiddleware>();
        app.UseOpenApiPage();
        app.UseRouting();
        app.UseMiddleware<MessageGuardMiddleware>();
        app.MapGrpcService<ArtifactGrpcService>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        map(app);
        return app;
    }

    /// <summary>The address that a started service listens on, in the form that clients take.</summary>
    public static string BoundAddress(WebApplication app)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        const string unixForm = "http://unix:";
        return address.StartsWith(unixForm, StringComparison.Ordinal) ? "unix:" + address[unixForm.Length..] : address;
    }

    /// <summary>Adds the durable jobs of one kind, run by <typeparamref name="TRunner"/>.</summary>
    public static IServiceCollection AddJobs<TRequest, TResource, TEvent, TRunner>(this IServiceCollection services)
        where TRequest : class, IMessage<TRequest>, IJobRequest, new()
        where TResource : class, IMessage<TResource>, IJobResource, new()
        where TEvent : class, IMessage<TEvent>, IJobEvent, new()
        where TRunner : class, IJobRunner<TRequest, TResource, TEvent>
    {
        services.AddSingleton<IJobRunner<TRequest, TResource, TEvent>, TRunner>();
        services.AddSingleton<JobService<TRequest, TResource, TEvent>>();
        return services.AddHostedService(provider => provider.GetRequiredService<JobService<TRequest, TResource, TEvent>>());
    }

    private static void Configure(KestrelServerOptions kestrel, ServiceHostOptions options)
    {
        kestrel.AddServerHeader = false;
        // Where ProtocolDetection says "HTTP/2", Kestrel believes in TLS and expects https from clients that truthfully say http.
        kestrel.AllowAlternateSchemes = true;
        // The limit is on messages and is checked by gRPC; a stream of messages may have any length and any pace.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(options.HeartbeatSeconds);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.Http2.InitialConnectionWindowSize = WindowSizeBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = WindowSizeBytes;
        if (ServiceAddress.UnixPath(options.Address) is { } path)
        {
            RemoveStaleSocket(path);
            kestrel.ListenUnixSocket(path, listen => listen.UseProtocolDetection());
        }
        else
        {
            kestrel.Listen(ServiceAddress.ToEndPoint(options.Address), listen => listen.UseProtocolDetection());
        }
    }

    // A killed process leaves its socket's file behind, and binding to that name fails. One that answers belongs to a live service.
    private static void RemoveStaleSocket(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            return;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
        }
    }

    private static void AddLogging(ILoggingBuilder logging, ServiceHostOptions options)
    {
        if (options.ConfigureLogging is { } configure)
        {
            configure(logging);
            return;
        }

        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error).AddFilter("Grpc", LogLevel.Warning);
        // A start that fails is told once, by ServiceRunner, in words for whoever started it.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
    }

    private static void AddServices(IServiceCollection services, ServiceHostOptions options)
    {
        if (!options.StopsOnSignals)
        {
            services.AddSingleton<IHostLifetime, OwnSignals>();
        }

        services.AddRouting();
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ErrorMapper>();
        services.AddSingleton<RequestValidator>();
        services.AddProtoValidate();
        services.AddSingleton<IArtifactStore>(_ => new LocalArtifactStore(options.ArtifactFolder));
        services.AddSingleton(new WorkQueue(options.QueueCapacity));
        services.AddSingleton(new JobOptions(options.StateFolder, TimeSpan.FromSeconds(options.HeartbeatSeconds)));
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MessageSizeBytes;
            grpc.MaxSendMessageSize = null;
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<CallInterceptor>();
        }).AddJsonTranscoding(json => json.TypeRegistry = RpcErrors.DetailTypes);
        services.AddOpenApiPage();
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck("serving", () => Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Healthy());
    }
}
