using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gal.Artifacts;

/// <summary>The name of an artifact: the SHA-256 of its bytes, written "sha256:" and 64 lower-case hex digits. Nothing else parses, so a name can never lead out of a store's folder.</summary>
public readonly record struct ArtifactId
{
    private const string Prefix = "sha256:";
    private const int HexLength = 64;

    private readonly string? _hex;

    private ArtifactId(string hex) => _hex = hex;

    /// <summary>The 64 hex digits.</summary>
    /// <exception cref="InvalidOperationException">The value was never set.</exception>
    public string Hex => _hex ?? throw new InvalidOperationException("The artifact's name was never set.");

    /// <summary>The name of some bytes.</summary>
    public static ArtifactId Of(ReadOnlySpan<byte> content) => FromHash(SHA256.HashData(content));

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">Not "sha256:" and 64 lower-case hex digits.</exception>
    public static ArtifactId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"\"{Shorten(text)}\" is no artifact name; it must be \"sha256:\" and 64 lower-case hex digits.");

    /// <summary>Reads a name; false if it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ArtifactId id)
    {
        id = default;
        if (text is null || text.Length != Prefix.Length + HexLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var hex = text[Prefix.Length..];
        if (!hex.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f'))
        {
            return false;
        }

        id = new ArtifactId(hex);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Prefix + Hex;

    /// <summary>Names a finished hash.</summary>
    internal static ArtifactId FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
