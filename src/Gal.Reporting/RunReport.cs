using Gal.Reporting.Markup;
using Gal.Reporting.Pictures;
using Gal.Reporting.Records;
using Gal.Reporting.Sections;
using Gal.V1;

namespace Gal.Reporting;

/// <summary>What a run leaves to read: report.html, one file that needs nothing else and no script, and record.json.</summary>
public static class RunReport
{
    /// <summary>Writes report.html and record.json.</summary>
    /// <param name="run">The run; it need not have ended well, or at all.</param>
    /// <param name="readArtifact">Gives the bytes of an artifact ("sha256:…").</param>
    /// <param name="account">What the run cost, if known.</param>
    /// <param name="folder">Where to; both files are replaced whole.</param>
    /// <param name="cancellationToken">Stops reading pictures.</param>
    public static async Task WriteAsync(Run run, Func<string, CancellationToken, Task<byte[]>> readArtifact, RunAccount? account, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(readArtifact);
        Directory.CreateDirectory(folder);
        await ReplaceAsync(Path.Combine(folder, "record.json"), RunRecord.Of(run).ToJson(account), cancellationToken);
        await ReplaceAsync(Path.Combine(folder, "report.html"), await ToHtmlAsync(run, readArtifact, account, cancellationToken), cancellationToken);
    }

    /// <summary>The report as one HTML document.</summary>
    public static async Task<string> ToHtmlAsync(Run run, Func<string, CancellationToken, Task<byte[]>> readArtifact, RunAccount? account, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(readArtifact);
        var pictures = await PictureBook.ReadAsync(run, readArtifact, cancellationToken);
        return Page.Of(run.Settings.DisplayName.Length > 0 ? run.Settings.DisplayName : run.Name, Html.Of($"""
            {HeaderSection.Draw(run, account)}
            {ReferenceSection.Draw(run, pictures)}
            {MetricsSection.Draw(run)}
            {EvaluationSection.Draw(run, pictures)}
            {run.Rounds.Select(r => RoundSection.Draw(run, r, pictures))}
            {LossSection.Draw(run)}
            {SettingsSection.Draw(run)}
            {TimeSection.Draw(run, account)}
            <footer><p>Record digest <code>{(run.RecordDigest.Length > 0 ? run.RecordDigest : RecordDigest.Of(run))}</code>: equal runs have equal digests. record.json holds all that is needed to replay this run.</p></footer>
            """));
    }

    private static async Task ReplaceAsync(string path, string text, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path + ".new", text, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }
}
