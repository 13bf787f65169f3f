using System.ComponentModel;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Names a run.</summary>
internal class RunTargetOptions : CommandSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("A run's folder, or its name at a coordinator (\"gal status\" lists them).")]
    public string Run { get; init; } = "";

    [CommandOption("--connect <URL>")]
    [Description("The coordinator, if RUN is a name. Default: http://127.0.0.1:5100.")]
    public string? Connect { get; init; }

    [CommandOption("--json")]
    [Description("JSON for scripts.")]
    public bool Json { get; init; }
}
