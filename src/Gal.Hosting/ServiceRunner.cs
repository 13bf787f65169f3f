using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gal.Hosting;

/// <summary>Runs one service as a program: exit code 0 after a clean stop, 2 for wrong settings, 3 if it cannot listen.</summary>
public static partial class ServiceRunner
{
    /// <summary>Settings are wrong.</summary>
    public const int WrongSettings = 2;

    /// <summary>The address is in use or not allowed.</summary>
    public const int CannotListen = 3;

    /// <summary>Reads the settings, builds the service and runs it until it is told to stop.</summary>
    /// <param name="name">The service's project: "ScoringService".</param>
    /// <param name="options">The settings' defaults, overwritten by environment variables and arguments.</param>
    /// <param name="build">Builds the service.</param>
    /// <param name="args">The program's arguments.</param>
    /// <param name="output">Where help and errors go.</param>
    public static async Task<int> RunAsync<TOptions>(string name, TOptions options, Func<TOptions, WebApplication> build, string[] args, TextWriter output)
        where TOptions : ServiceHostOptions
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            await output.WriteAsync(ServiceSettings.Help(name, options));
            return 0;
        }

        try
        {
            ServiceSettings.Read(options, name, args);
            await using var app = build(options);
            await StartAsync(app, options.Address);
            var address = ServiceHost.BoundAddress(app);
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(name).Listening(name, address);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (ServiceOptionsException e)
        {
            await output.WriteLineAsync(e.Message);
            await output.WriteLineAsync("--help lists the settings.");
            return WrongSettings;
        }
        catch (CannotListenException e)
        {
            await output.WriteLineAsync(e.Message);
            return CannotListen;
        }
    }

    /// <summary>Starts a service.</summary>
    /// <exception cref="CannotListenException">The address is in use or not allowed; the message says what to do.</exception>
    public static async Task StartAsync(WebApplication app, string address)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new CannotListenException($"Cannot listen on {address}: another program does. Stop it, or choose another address (--Address http://127.0.0.1:0 takes a free port).", e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new CannotListenException($"Cannot listen on {address}: {e.Message}. Choose another address with --Address.", e);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Name} listens on {Address}.")]
    private static partial void Listening(this ILogger logger, string name, string address);
}
