using Gal.ActiveLearning.Directions;
using Gal.Reporting.Markup;
using Gal.Reporting.Pictures;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>One round: what it trained on, and what it saw along every anchor.</summary>
internal static class RoundSection
{
    public static Html Draw(Run run, Round round, PictureBook pictures) => Html.Of($"""
        <section class="round" id="round-{round.Number}"><h2>Round {round.Number}</h2>
        {Samples(round, pictures)}
        {(round.Anchors.Count == 0 ? Html.Of($"<p class=\"quiet\">No anchors were sampled in this round.</p>") : Anchors(run, round, pictures))}
        </section>
        """);

    private static Html Samples(Round round, PictureBook pictures) => Html.Of($"""
        <h3>Trained on {Words.Counted(round.Samples.Count, "picture")}, from the pretrained weights{(round.Losses.Count > 0 ? $", {Words.Counted(round.Losses.Count, "step")}" : "")}</h3>
        <div class="samples">{round.Samples.Select(s => Sample(s, pictures))}</div>
        """);

    private static Html Sample(RoundSample sample, PictureBook pictures) => Html.Of($"""
        <figure class="{(sample.IsReference ? "reference" : "selected")}">{pictures.Show(sample.Image, sample.Prompt)}
        <figcaption><b>w {Words.Weight(sample.LossWeight)}</b><br/>{(sample.UseCount > 0 ? $"used {sample.UseCount}×" : "")}<span class="text clamp">{sample.Prompt}</span></figcaption></figure>
        """);

    private static Html Anchors(Run run, Round round, PictureBook pictures)
    {
        var judged = round.Anchors.Any(a => a.OverfitFlags.Count > 0);
        var order = round.Ranking.Count == round.Anchors.Count ? round.Ranking.Select(i => round.Anchors.Single(a => a.AnchorIndex == i)) : round.Anchors;
        return Html.Of($"""
            <h3>{Words.Counted(round.Anchors.Count, "anchor")} sampled{(judged ? Html.Of($": openness w = λ · mean U = {Lambda(run):0.#####} · {round.Anchors.Average(a => a.Uncertainty):F3} = <b>{Words.Weight(round.Openness)}</b>") : Html.Empty)}</h3>
            <p>{Choice(run, round)} {PictureCell.Legend(withChosen: true)}</p>
            <div class="scroll"><table class="anchors"><thead><tr><th>Anchor</th><th>Uncertainty U <span>bar; whisker: 95 % of what {run.Settings.ActiveLearning.ImagesPerAnchor} images can say</span></th><th>Overfit</th><th>Images</th></tr></thead><tbody>
            {order.Select(a => Anchor(run, round, a, pictures))}
            </tbody></table></div>
            """);
    }

    private static double Lambda(Run run) => run.Settings.ActiveLearning.HasOpennessFactor ? run.Settings.ActiveLearning.OpennessFactor : 0.005;

    private static string Choice(Run run, Round round) => (round.Selections.Count, run.Settings.ActiveLearning.Strategy) switch
    {
        (0, _) => "Nothing was chosen.",
        (var n, Strategy.Random) => $"{Words.Counted(n, "anchor")} chosen at random, one image of each at random.",
        (var n, Strategy.ClipFeedback) => $"The {Words.Counted(n, "anchor")} whose best image is the most similar to its own prompt {(n == 1 ? "was" : "were")} chosen.",
        (var n, _) => $"The {Words.Counted(n, "anchor")} with the highest uncertainty (ties by number) {(n == 1 ? "was" : "were")} chosen, and of each the image most similar to its prompt, overfitted or not.",
    };

    private static Html Anchor(Run run, Round round, AnchorResult anchor, PictureBook pictures)
    {
        var chosen = round.Selections.FirstOrDefault(s => s.AnchorIndex == anchor.AnchorIndex);
        return Html.Of($"""
            <tr{(chosen is null ? Html.Empty : Html.Of($" class=\"picked\""))}><th><div class="text clamp"><span class="index">{anchor.AnchorIndex}</span>{run.Settings.Subject.Anchors[anchor.AnchorIndex]}</div></th>
            <td>{Bar(anchor)}</td><td class="count">{(anchor.OverfitFlags.Count == 0 ? "" : $"{anchor.OverfitCount} / {anchor.OverfitFlags.Count}")}</td>
            <td><div class="strip">{anchor.Images.Select((image, j) => Cell(anchor, image, j, chosen?.ImageIndex == j ? chosen.LossWeight : null, pictures))}</div></td></tr>
            """);
    }

    private static Html Bar(AnchorResult anchor)
    {
        if (anchor.OverfitFlags.Count == 0)
        {
            return Html.Empty;
        }

        var posterior = UncertaintyPosterior.Of(anchor.OverfitCount, anchor.OverfitFlags.Count);
        return Html.Of($"""
            <div class="bar" title="U = {anchor.Uncertainty:F4}; Beta posterior: mean {posterior.Mean:F3}, 95 % interval {posterior.Lower:F3} to {posterior.Upper:F3}">
            <span class="track"><span class="fill" style="width:{Share(anchor.Uncertainty):F1}%"></span><span class="range" style="left:{Share(posterior.Lower):F1}%;width:{Share(posterior.Upper - posterior.Lower):F1}%"></span></span><b>{anchor.Uncertainty:F3}</b></div>
            """);
    }

    private static double Share(double uncertainty) => 100 * Math.Clamp(uncertainty / Uncertainty.Max, 0, 1);

    private static Html Cell(AnchorResult anchor, Image image, int index, double? chosenWeight, PictureBook pictures)
    {
        var judged = index < anchor.OverfitFlags.Count;
        var over = judged && anchor.OverfitFlags[index];
        var explanation = judged ? $"image {index} · own prompt {anchor.PromptSimilarities[index]:F3}, non-SoI {anchor.NonSoiSimilarities[index]:F3}" : $"image {index}";
        return PictureCell.Draw(pictures.Show(image, $"image {index}{(over ? ", overfitted" : "")}{(chosenWeight is null ? "" : ", chosen")}"), over, chosenWeight, explanation);
    }
}
