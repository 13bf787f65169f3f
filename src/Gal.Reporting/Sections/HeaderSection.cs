using Gal.Reporting.Markup;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>What was learned, how, and whether it worked.</summary>
internal static class HeaderSection
{
    public static Html Draw(Run run, RunAccount? account)
    {
        var verdict = Verdict.Of(run);
        return Html.Of($"""
            <header>
            <p class="eyebrow">Generative active learning · run report</p>
            <h1 class="text clamp">{Title(run)}</h1>
            <p class="sub"><span class="text clamp">{Subject(run.Settings.Subject)}</span> {Words.Strategy(run.Settings.ActiveLearning)} · seed {run.Settings.Seed}</p>
            </header>
            <section class="verdict {(verdict.IsGood ? "good" : "bad")}">
            <p class="headline">{verdict.Headline}</p>
            {verdict.Details.Select(d => Html.Of($"<p>{d}</p>"))}
            <p class="stop"><b>Why it stopped.</b> {Words.StopReason(run)}</p>
            </section>
            {Cards(run, account)}
            {Warnings(run)}
            """);
    }

    private static string Title(Run run) => run.Settings.DisplayName.Length > 0 ? run.Settings.DisplayName : run.Name;

    private static string Subject(Subject subject) =>
        $"{(subject.Mode == SubjectMode.Style ? "Style" : "Object")} “{(subject.SubjectText.Length > 0 ? subject.SubjectText : subject.References.FirstOrDefault()?.Prompt)}” from {Words.Counted(subject.References.Count, "picture")}";

    private static Html Cards(Run run, RunAccount? account)
    {
        var measured = run.Rounds.Where(r => r.Evaluation is not null).Select(r => r.Evaluation).ToArray();
        return Html.Of($"""
            <section class="cards">
            {(measured.Length == 0 ? Html.Empty : Html.Of($"""
            {Card("Overfit rate · lower is better", Change(measured, e => Words.Percent(e.OverfitRate.Mean)), "images closer to a reference caption than to their own prompt")}
            {Card("Text alignment · higher is better", Change(measured, e => e.TextAlignment.Mean.ToString("F3")), "CLIP cosine of image and prompt")}
            {Card("Image alignment", Change(measured, e => e.ImageAlignment.Mean.ToString("F3")), "CLIP cosine of image and references; high while overfitted, too")}
            """))}
            {Card("Rounds", $"{run.Rounds.Count}", $"{Words.Counted(run.Rounds.Sum(r => r.Selections.Count), "image")} selected from {run.Rounds.Sum(r => r.Anchors.Sum(a => a.Images.Count))} sampled")}
            {(account is null ? Html.Empty : Card("Time", Words.Duration(account.Wall), account.PeakMemoryByRound.Count > 0 ? $"peak memory {account.PeakMemoryByRound.Values.Max() / 1e9:F2} GB" : ""))}
            </section>
            """);
    }

    private static Html Card(string name, string value, string note) => Html.Of($"""<div class="card"><p class="name">{name}</p><p class="number">{value}</p><p class="note">{note}</p></div>""");

    private static string Change(Evaluation[] measured, Func<Evaluation, string> value) =>
        measured.Length == 1 ? value(measured[0]) : $"{value(measured[0])} → {value(measured[^1])}";

    private static Html Warnings(Run run) => run.Warnings.Count == 0 ? Html.Empty : Html.Of($"""
        <section class="warnings"><h2>To know</h2><ul>{run.Warnings.Select(w => Html.Of($"""<li class="text clamp">{w.Message}</li>"""))}</ul></section>
        """);
}
