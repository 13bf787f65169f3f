using Gal.Reporting.Markup;

namespace Gal.Reporting.Sections;

/// <summary>One small picture, marked where it is overfitted (a corner and a bar, not by colour alone) and framed with its weight where it was chosen.</summary>
internal static class PictureCell
{
    public static Html Draw(Html picture, bool overfitted, double? chosenWeight, string explanation) => Html.Of($"""
        <span class="pic{(overfitted ? " over" : "")}{(chosenWeight is null ? "" : " chosen")}" title="{explanation}">{picture}{(chosenWeight is { } w ? Html.Of($"<i>w {Words.Weight(w)}</i>") : Html.Empty)}</span>
        """);

    public static Html Legend(bool withChosen) => Html.Of($"""
        <span class="legend"><span class="pic over key"><span class="missing"></span></span> overfitted{(withChosen ? Html.Of($"""<span class="pic chosen key"><span class="missing"></span></span> chosen for the next rounds""") : Html.Empty)}</span>
        """);
}
