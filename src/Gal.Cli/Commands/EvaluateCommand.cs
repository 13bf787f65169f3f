using System.ComponentModel;
using Gal.Cli.Errors;
using Gal.Cli.Results;
using Gal.Cli.Services;
using Gal.Cli.Sessions;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Measures a round's checkpoint, with other prompts, more images or other seeds than the run did.</summary>
internal sealed class EvaluateCommand(Terminal terminal) : AsyncCommand<EvaluateCommand.Options>
{
    /// <summary>The command's arguments.</summary>
    internal sealed class Options : RunTargetOptions
    {
        [CommandOption("--round <NUMBER>")]
        [Description("Which round's checkpoint. Default: the last one.")]
        public int Round { get; init; }

        [CommandOption("-p|--prompt <PROMPT>")]
        [Description("An evaluation prompt; may be given several times. Default: the run's own.")]
        public string[] Prompts { get; init; } = [];

        [CommandOption("--images-per-prompt <COUNT>")]
        [Description("Images a prompt, 1 to 1,000. Default: the run's own.")]
        public int? ImagesPerPrompt { get; init; }

        [CommandOption("--seed <NUMBER>")]
        [Description("The first evaluation seed. Default: the run's own.")]
        public long? Seed { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        await using var coordinator = await RunCoordinator.OpenAsync(options.Run, options.Connect, ServiceKinds.All, terminal.Time, cancellationToken);
        var request = new EvaluateRunRequest { Name = coordinator.Run, RoundNumber = options.Round };
        if (options.Prompts.Length > 0 || options.ImagesPerPrompt is not null || options.Seed is not null)
        {
            request.Evaluation = new EvaluationSettings { Prompts = { options.Prompts } };
            if (options.ImagesPerPrompt is { } count)
            {
                request.Evaluation.ImagesPerPrompt = count;
            }
            if (options.Seed is { } seed)
            {
                request.Evaluation.Seed = seed;
            }
        }
        var measured = await TaskProgress.RunAsync(terminal, options.Json, "evaluating", report => MeasureAsync(coordinator.Invoker, request, report, cancellationToken));
        if (options.Json)
        {
            await terminal.Writer.WriteLineAsync(JsonFormatter.Default.Format(measured.Evaluation));
        }
        else
        {
            terminal.Out.Write(RunSummary.Metrics([measured])!);
        }
        return ExitCodes.Ok;
    }

    private static async Task<Round> MeasureAsync(CallInvoker invoker, EvaluateRunRequest request, Action<int, int> report, CancellationToken cancellationToken)
    {
        using var call = new CoordinatorService.CoordinatorServiceClient(invoker).EvaluateRun(request, cancellationToken: cancellationToken);
        Round? measured = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (response.EventCase == EvaluateRunResponse.EventOneofCase.Progress)
            {
                report(response.Progress.Step, response.Progress.StepCount);
            }
            else
            {
                measured = new Round { Number = response.RoundNumber, Evaluation = response.Evaluation };
            }
        }
        return measured ?? throw new CliException(ExitCodes.Failed, "The coordinator ended the evaluation without measurements.");
    }
}
