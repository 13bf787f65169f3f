using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Gal.Reporting.Markup;

/// <summary>Fills the holes of an interpolated string for <see cref="Html.Of"/>.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlInterpolation
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _markup;

    public HtmlInterpolation(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + (16 * formattedCount));

    public void AppendLiteral(string literal) => _markup.Append(literal);

    public void AppendFormatted(Html markup) => _markup.Append(markup.ToString());

    public void AppendFormatted(IEnumerable<Html> pieces)
    {
        foreach (var piece in pieces)
        {
            AppendFormatted(piece);
        }
    }

    public void AppendFormatted(string? text) => _markup.Append(Encoder.Encode(text ?? ""));

    public void AppendFormatted(IFormattable value) => AppendFormatted(value, null);

    public void AppendFormatted(IFormattable value, string? format) => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public override string ToString() => _markup.ToString();
}
