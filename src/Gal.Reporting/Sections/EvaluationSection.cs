using Gal.Reporting.Markup;
using Gal.Reporting.Pictures;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>The same prompts and seeds, round beside round.</summary>
internal static class EvaluationSection
{
    public static Html Draw(Run run, PictureBook pictures)
    {
        var rounds = run.Rounds.Where(r => r.Evaluation is { Images.Count: > 0 }).ToArray();
        return rounds.Length == 0 ? Html.Empty : Html.Of($"""
            <section><h2>The same prompts, round by round</h2>
            <p>Each column is one checkpoint; a row keeps its prompt and seeds. {PictureCell.Legend(withChosen: false)}</p>
            <div class="scroll"><table class="evaluation"><thead><tr><th></th>{rounds.Select(r => Html.Of($"<th>Round {r.Number} <span>OVF {Words.Percent(r.Evaluation.OverfitRate.Mean)}</span></th>"))}</tr></thead><tbody>
            {Prompts(run, rounds).Select(p => Row(run, rounds, p, pictures))}
            </tbody></table></div></section>
            """);
    }

    private static IEnumerable<int> Prompts(Run run, Round[] rounds) =>
        rounds.SelectMany(r => r.Evaluation.Images.Select(i => i.PromptIndex)).Distinct().Order().Where(i => i < run.Settings.Evaluation.Prompts.Count);

    private static Html Row(Run run, Round[] rounds, int prompt, PictureBook pictures) => Html.Of($"""
        <tr><th><div class="text clamp">{run.Settings.Evaluation.Prompts[prompt]}</div></th>
        {rounds.Select(r => Html.Of($"""<td><div class="strip">{r.Evaluation.Images.Where(i => i.PromptIndex == prompt).Select(i => Cell(i, pictures))}</div></td>"""))}</tr>
        """);

    private static Html Cell(EvaluationImage image, PictureBook pictures) => PictureCell.Draw(
        pictures.Show(image.Image, $"seed {image.Seed}{(image.Overfit ? ", overfitted" : "")}"),
        image.Overfit,
        chosenWeight: null,
        $"seed {image.Seed} · own prompt {image.PromptSimilarity:F3}, reference caption {image.CaptionSimilarity:F3}, references {image.ReferenceSimilarity:F3}");
}
