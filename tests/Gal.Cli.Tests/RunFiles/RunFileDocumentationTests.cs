using Gal.Cli.RunFiles;
using Gal.Tests;

namespace Gal.Cli.Tests.RunFiles;

public sealed class RunFileDocumentationTests
{
    private static readonly string[] DocumentedKeys =
        [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "run-file.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1])];

    [Fact]
    public void RunFilePage_EveryKey_IsDescribedOnce() => Assert.Equal(RunFileKeys.All.Order(StringComparer.Ordinal), DocumentedKeys.Order(StringComparer.Ordinal));
}
