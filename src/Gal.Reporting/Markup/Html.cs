namespace Gal.Reporting.Markup;

/// <summary>Finished markup. The only ways to make it encode every text that is put in, so that a prompt can never become markup.</summary>
internal readonly record struct Html
{
    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>Nothing.</summary>
    public static Html Empty { get; } = new("");

    /// <summary>Markup with holes: texts and numbers are encoded, other markup goes in as it is.</summary>
    public static Html Of(HtmlInterpolation markup) => new(markup.ToString());

    /// <summary>Pieces one after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(p => p.ToString())));

    /// <summary>Text of this program that is markup already: its style sheet.</summary>
    public static Html Trusted(string markup) => new(markup);

    /// <inheritdoc/>
    public override string ToString() => _markup ?? "";
}
