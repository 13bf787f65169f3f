using System.Reflection;

namespace Gal.Tests;

/// <summary>Where the checkout lies that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The checkout's root folder.</summary>
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>The path of a file or folder under tests/golden.</summary>
    public static string Golden(params string[] parts) => Path.Combine([Root, "tests", "golden", .. parts]);

    /// <summary>The small model that the project ships.</summary>
    public static string EmojiModel { get; } = Path.Combine(Root, "models", "emoji-sd");

    /// <summary>The path of a file or folder under samples.</summary>
    public static string Sample(params string[] parts) => Path.Combine([Root, "samples", .. parts]);
}
