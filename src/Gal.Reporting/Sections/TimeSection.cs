using Gal.Reporting.Markup;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>Where the time went.</summary>
internal static class TimeSection
{
    public static Html Draw(Run run, RunAccount? account)
    {
        var total = Sum(account?.Work ?? run.WorkTimes);
        if (total.Count == 0)
        {
            return Html.Empty;
        }

        var spent = total.Values.Aggregate(TimeSpan.Zero, (sum, t) => sum + t);
        var rest = account is null ? TimeSpan.Zero : account.Wall - spent;
        var parts = total.OrderByDescending(t => t.Value).Select(t => (Name: Words.Work(t.Key), Class: $"work-{(int)t.Key}", Time: t.Value)).ToList();
        if (rest > TimeSpan.Zero)
        {
            parts.Add(("Everything else", "work-0", rest));
        }

        var all = parts.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Time);
        return Html.Of($"""
            <section><h2>Where the time went</h2>
            <p>{Words.Duration(all)} in all{(account?.Memory is { } memory ? $"; {memory}" : "")}.</p>
            <div class="stack">{parts.Select(p => Html.Of($"""<span class="{p.Class}" style="width:{100 * (p.Time / all):F2}%" title="{p.Name} {Words.Duration(p.Time)}"></span>"""))}</div>
            <ul class="times">{parts.Select(p => Html.Of($"""<li><span class="swatch {p.Class}"></span>{p.Name} <b>{Words.Duration(p.Time)}</b> {100 * (p.Time / all):F1} %</li>"""))}</ul>
            {Rounds(run)}</section>
            """);
    }

    private static Html Rounds(Run run)
    {
        var kinds = run.Rounds.SelectMany(r => r.WorkTimes.Select(t => t.Kind)).Distinct().Order().ToArray();
        return kinds.Length == 0 ? Html.Empty : Html.Of($"""
            <div class="scroll"><table><thead><tr><th>Round</th>{kinds.Select(k => Html.Of($"<th>{Words.Work(k)}</th>"))}</tr></thead><tbody>
            {run.Rounds.Select(r => Html.Of($"<tr><td>{r.Number}</td>{kinds.Select(k => Html.Of($"<td>{Cell(r, k)}</td>"))}</tr>"))}</tbody></table></div>
            """);
    }

    private static string Cell(Round round, WorkKind kind)
    {
        var times = round.WorkTimes.Where(t => t.Kind == kind).ToArray();
        return times.Length == 0 ? "–" : $"{times.Sum(t => t.Duration.ToTimeSpan().TotalSeconds):F1} s{(times.Sum(t => t.UnitCount) is > 0 and var n ? $" / {n}" : "")}";
    }

    private static Dictionary<WorkKind, TimeSpan> Sum(IEnumerable<WorkTime> times) =>
        times.GroupBy(t => t.Kind).ToDictionary(g => g.Key, g => g.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration.ToTimeSpan()));
}
