using Gal.Reporting.Markup;
using Gal.Reporting.Pictures;
using Gal.V1;

namespace Gal.Reporting.Sections;

/// <summary>The pictures that were learned from.</summary>
internal static class ReferenceSection
{
    public static Html Draw(Run run, PictureBook pictures) => Html.Of($"""
        <section><h2>Learned from</h2><div class="references">
        {run.Settings.Subject.References.Select(r => Html.Of($"""<figure>{pictures.Show(r.Image, r.Prompt)}<figcaption class="text clamp">{r.Prompt}</figcaption></figure>"""))}
        <div class="texts"><p>An image has collapsed onto the references when CLIP finds it closer to one of these texts than to its own prompt:</p>
        <ul>{run.Settings.Subject.NonSoiTexts.Select(t => Html.Of($"""<li class="text clamp">{t}</li>"""))}</ul></div>
        </div></section>
        """);
}
