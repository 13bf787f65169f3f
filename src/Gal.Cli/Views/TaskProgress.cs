using Gal.Cli.Terminals;
using Spectre.Console;

namespace Gal.Cli.Views;

/// <summary>A progress bar with time left for a single piece of work; nothing where the output is no terminal.</summary>
internal static class TaskProgress
{
    /// <summary>Does the work; it reports (done, total).</summary>
    public static async Task<T> RunAsync<T>(Terminal terminal, bool json, string title, Func<Action<int, int>, Task<T>> work)
    {
        if (!terminal.IsLive || json)
        {
            return await work((_, _) => { });
        }
        return await terminal.Out.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(title));
                return await work((done, total) => (task.MaxValue, task.Value) = (Math.Max(1, total), done));
            });
    }
}
