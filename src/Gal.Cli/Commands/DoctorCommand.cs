using System.ComponentModel;
using System.Text.Json;
using Gal.Cli.Doctor;
using Gal.Cli.Errors;
using Gal.Cli.Terminals;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Says what the machine has, what is wrong, and what to do.</summary>
internal sealed class DoctorCommand(Terminal terminal) : AsyncCommand<DoctorCommand.Options>
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The command's arguments.</summary>
    internal sealed class Options : CommandSettings
    {
        [CommandArgument(0, "[FOLDER]")]
        [Description("Where --random-model writes.")]
        public string? Folder { get; init; }

        [CommandOption("--random-model <SIZE>")]
        [Description("Write a model of a real size with random weights to FOLDER and look no further; it shows whether this machine has the memory and the time. Only sd15: Stable Diffusion 1.5.")]
        public string? RandomModel { get; init; }

        [CommandOption("--weights <TYPE>")]
        [Description("What --random-model stores: float16 (2.1 GB, as the published files have) or float32 (4.3 GB). Default float16.")]
        public string? Weights { get; init; }

        [CommandOption("--model <MODEL>")]
        [Description("The model folder to try, or a name under models/. Default: emoji-sd.")]
        public string Model { get; init; } = "";

        [CommandOption("--json")]
        [Description("One JSON object a line for each finding.")]
        public bool IsJson { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        if (options.RandomModel is not null || options.Folder is not null || options.Weights is not null)
        {
            RandomModelWriter.Write(options.RandomModel, options.Weights, options.Folder, terminal, options.IsJson);
            return ExitCodes.Ok;
        }
        Finding[] findings = [.. SystemChecks.Look(), .. await ModelChecks.LookAsync(options.Model, cancellationToken), .. await ServiceChecks.LookAsync(terminal.Time, cancellationToken)];
        if (options.IsJson)
        {
            foreach (var finding in findings)
            {
                await terminal.Writer.WriteLineAsync(JsonSerializer.Serialize(finding, Json));
            }
        }
        else
        {
            Show(findings);
        }
        return findings.Any(finding => finding.IsProblem) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private void Show(Finding[] findings)
    {
        var grid = new Grid().AddColumns(new GridColumn().NoWrap(), new GridColumn().NoWrap(), new GridColumn());
        foreach (var area in findings.GroupBy(finding => finding.Area))
        {
            foreach (var (i, finding) in area.Index())
            {
                grid.AddRow(
                    new Markup(i == 0 ? $"[bold]{Markup.Escape(area.Key)}[/]" : ""),
                    new Markup($"{(finding.IsProblem ? "[red]✗[/]" : "[green]✓[/]")} {Markup.Escape(finding.Name)}"),
                    new Text(finding.Detail));
            }
        }
        terminal.Out.Write(grid);
        var problems = findings.Where(finding => finding.IsProblem).ToArray();
        terminal.Out.MarkupLine(problems.Length == 0 ? "\nNothing is wrong." : "\n[bold]What to do:[/]");
        foreach (var problem in problems)
        {
            terminal.Out.WriteLine($"  {problem.Name}: {problem.Remedy}");
        }
    }
}
