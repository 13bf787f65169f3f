using System.ComponentModel;
using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Gal.Cli.Services;
using Gal.Cli.Terminals;
using Gal.Diffusion.Runtime;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Runs services until it is told to stop.</summary>
internal sealed class ServeCommand(Terminal terminal) : AsyncCommand<ServeCommand.Options>
{
    private const string AllServices = "all";

    /// <summary>The command's arguments.</summary>
    internal sealed class Options : CommandSettings
    {
        [CommandArgument(0, "[SERVICE]")]
        [Description("all, generation, training, scoring or coordinator. Default: all.")]
        [DefaultValue(AllServices)]
        public string Service { get; init; } = AllServices;

        [CommandOption("--host <ADDRESS>")]
        [Description("The IP address to listen on. Default 127.0.0.1: this machine alone. There is no authentication; think before you open it.")]
        [DefaultValue("127.0.0.1")]
        public string Host { get; init; } = "127.0.0.1";

        [CommandOption("--port <NUMBER>")]
        [Description("The coordinator's port; generation, training and scoring listen on the three after it. Default 5100.")]
        [DefaultValue(5100)]
        public int Port { get; init; } = 5100;

        [CommandOption("--data <FOLDER>")]
        [Description("Where jobs, runs and artifacts are kept; unfinished ones go on at the next start. Default: gal-data.")]
        [DefaultValue("gal-data")]
        public string Data { get; init; } = "gal-data";

        [CommandOption("--model <MODEL>")]
        [Description("A model folder, or a name under models/; may be given several times, the default first. Default: emoji-sd.")]
        public string[] Models { get; init; } = [];

        [CommandOption("--device <DEVICE>")]
        [Description("Where models compute: auto (the first card, else the processor), cpu, cuda or cuda:N. Default auto.")]
        public string Device { get; init; } = ComputeDevice.Auto;

        [CommandOption("--generation <URL>")]
        [Description("For a coordinator alone: where the generation service is.")]
        public string? Generation { get; init; }

        [CommandOption("--training <URL>")]
        [Description("For a coordinator alone: where the training service is.")]
        public string? Training { get; init; }

        [CommandOption("--scoring <URL>")]
        [Description("For a coordinator alone: where the scoring service is.")]
        public string? Scoring { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        if (!ComputeDevice.IsName(options.Device))
        {
            throw CliException.BadInput($"--device is '{options.Device}'; it must be auto, cpu, cuda or cuda:N.");
        }
        var kinds = Kinds(options.Service);
        var addresses = Addresses(options);
        FreePorts.Check(addresses.Where(address => kinds.HasFlag(address.Key)).Select(address => address.Value));
        var models = options.Models.DefaultIfEmpty("").Select(ModelFolders.Find).ToArray();
        await using var services = await ServiceSet.StartAsync(
            new ServiceSetOptions { Kinds = kinds, ComputeDevice = options.Device, Addresses = addresses, StateFolder = Path.GetFullPath(options.Data), ModelFolders = models, ScoringModelFolders = models, ResumesRuns = true },
            cancellationToken);
        foreach (var kind in ServiceNames.Each.Where(kind => kinds.HasFlag(kind)))
        {
            terminal.Out.WriteLine($"{ServiceNames.Of(kind),-12} {addresses[kind]}");
        }
        terminal.Out.WriteLine("Ctrl-C stops; unfinished work goes on at the next start.");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, terminal.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            terminal.Out.WriteLine("Stopping …");
        }
        return ExitCodes.Ok;
    }

    private static ServiceKinds Kinds(string service)
    {
        var names = ServiceNames.Each.Select(ServiceNames.Of).Prepend(AllServices).ToArray();
        return names.Contains(service)
            ? Enum.Parse<ServiceKinds>(service, ignoreCase: true)
            : throw CliException.BadInput($"'{service}' is no service; it must be one of {string.Join(", ", names)}.{NearestKey.Hint(service, names)}");
    }

    private static Dictionary<ServiceKinds, string> Addresses(Options options)
    {
        const int lastPort = 65535;
        if (options.Port < 1 || options.Port > lastPort - 3)
        {
            throw CliException.BadInput($"--port is {options.Port}; it must lie in [1, {lastPort - 3}], since four ports in a row are used.");
        }
        var host = options.Host.Contains(':') ? $"[{options.Host.Trim('[', ']')}]" : options.Host;
        string Local(int offset) => $"http://{host}:{options.Port + offset}";
        return new()
        {
            [ServiceKinds.Coordinator] = Local(0),
            [ServiceKinds.Generation] = options.Generation ?? Local(1),
            [ServiceKinds.Training] = options.Training ?? Local(2),
            [ServiceKinds.Scoring] = options.Scoring ?? Local(3),
        };
    }
}
