using Gal.Reporting.Markup;

namespace Gal.Reporting;

/// <summary>The frame of every page: the style sheet within, no script, nothing fetched.</summary>
internal static class Page
{
    private static readonly Lazy<string> StyleSheet = new(() =>
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    });

    /// <summary>A whole document.</summary>
    public static string Of(string title, Html body) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
        <meta name="color-scheme" content="light dark"/><title>{title}</title>
        <style>{Html.Trusted(StyleSheet.Value)}</style></head>
        <body><main>{body}</main></body></html>
        """).ToString();
}
