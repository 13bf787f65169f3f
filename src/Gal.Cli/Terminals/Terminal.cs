using Gal.Cli.Views;
using Spectre.Console;

namespace Gal.Cli.Terminals;

/// <summary>Where a command writes: its results to standard output, everything about them to where it does not disturb.</summary>
internal sealed class Terminal
{
    private Terminal(IAnsiConsole output, IAnsiConsole error, TextWriter writer, bool isLive, TimeProvider time) =>
        (Out, Error, Writer, IsLive, Time) = (output, error, writer, isLive, time);

    /// <summary>Standard output with colours, where the terminal has them.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>Standard output, plain.</summary>
    public TextWriter Writer { get; }

    /// <summary>Whether standard output is a terminal that can redraw.</summary>
    public bool IsLive { get; }

    /// <summary>Measures time.</summary>
    public TimeProvider Time { get; }

    /// <summary>The process's own terminal.</summary>
    public static Terminal OfProcess()
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        var isLive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null or "");
        return new Terminal(Make(Console.Out, Console.IsOutputRedirected), Make(Console.Error, Console.IsErrorRedirected), Console.Out, isLive, TimeProvider.System);
    }

    /// <summary>A terminal that writes into text, for tests.</summary>
    public static Terminal Of(TextWriter output, TextWriter error, TimeProvider time) => new(Make(output, true), Make(error, true), output, false, time);

    /// <summary>How to show a run here.</summary>
    public IRunView RunView(bool json) => json ? new JsonRunView(Writer) : IsLive ? new LiveRunView(Out, Time) : new PlainRunView(Writer, Time);

    /// <summary>Says something to the user that is no result: on standard error if standard output is for a script.</summary>
    public void Note(string text, bool json = false)
    {
        if (json)
        {
            Error.WriteLine(text);
        }
        else
        {
            Out.WriteLine(text);
        }
    }

    /// <summary>Warns the user, on standard error.</summary>
    public void Warn(string text) => Error.Write(new Markup($"[yellow]Warning:[/] {Markup.Escape(text)}\n"));

    private static IAnsiConsole Make(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            // A file has no width; wrapped sentences would be hard to search.
            console.Profile.Width = 400;
        }
        return console;
    }
}
