using FsCheck;
using FsCheck.Xunit;
using Gal.Reporting.Markup;

namespace Gal.Reporting.Tests.Markup;

public sealed class HtmlTests
{
    [Fact]
    public void Of_TextWithMarkup_IsEncoded() =>
        Assert.Equal("<p title=\"&quot;x&quot;\">&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;</p>", Html.Of($"<p title=\"{"\"x\""}\">{"<script>alert('1')</script>"}</p>").ToString());

    [Fact]
    public void Of_Markup_GoesInAsItIs() => Assert.Equal("<ul><li>1</li><li>2.50</li></ul>", Html.Of($"<ul>{new[] { Html.Of($"<li>{1}</li>"), Html.Of($"<li>{2.5:F2}</li>") }}</ul>").ToString());

    [Property]
    public bool Of_AnyText_HasNoMarkupLeft(NonNull<string> text) => Html.Of($"{text.Get}").ToString().IndexOfAny(['<', '>', '"', '\'']) < 0;

    [Fact]
    public void Of_OtherScriptsAndEmoji_StayReadable() => Assert.Equal("猫 кошка é", Html.Of($"{"猫 кошка é"}").ToString());
}
