using Spectre.Console;

namespace Gal.Cli.Views;

/// <summary>A progress bar as text, for use inside other displays.</summary>
internal static class ProgressBar
{
    private const int Width = 30;

    /// <summary>The bar.</summary>
    /// <param name="share">How much is done; clamped to [0, 1].</param>
    public static Markup Of(double share)
    {
        var filled = (int)(Math.Clamp(share, 0, 1) * Width);
        return new Markup($"[{(filled == Width ? "green" : "yellow")}]{new string('━', filled)}[/][grey]{new string('━', Width - filled)}[/]");
    }
}
