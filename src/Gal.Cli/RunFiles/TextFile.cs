using System.Text;

namespace Gal.Cli.RunFiles;

/// <summary>Reads text that a user wrote, and replaces nothing in it.</summary>
internal static class TextFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a UTF-8 file, without a byte order mark; with one, UTF-16 and UTF-32 are read, too.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public static string Read(string path) => File.ReadAllText(path, Strict);
}
