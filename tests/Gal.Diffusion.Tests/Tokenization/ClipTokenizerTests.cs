using System.Text.Json;
using FsCheck.Xunit;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Tokenization;

public class ClipTokenizerTests
{
    private static readonly Lazy<ClipTokenizer> Small = new(() => ClipTokenizer.Load(Path.Combine(Repository.EmojiModel, "tokenizer"), length: 77));

    [Fact]
    public void Encode_SmallVocabulary_EqualsReference() => AssertCases(Small.Value, Repository.Golden("tokenizer", "cases.json"));

    [Fact]
    public void Encode_ClipVocabulary_EqualsReference()
    {
        var folder = Directory.CreateTempSubdirectory("gal-tokenizer-");
        try
        {
            StableDiffusion15.WriteConfigurations(folder.FullName);
            AssertCases(ClipTokenizer.Load(ModelFolder.Open(folder.FullName).TokenizerPath), Repository.Golden("tokenizer-clip", "cases.json"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_ShippedModel_TakesItsLength() => Assert.Equal(32, ClipTokenizer.Load(Path.Combine(Repository.EmojiModel, "tokenizer")).Length);

    [Fact]
    public void Load_NoMerges_NamesTheFile()
    {
        var exception = Assert.Throws<FileNotFoundException>(() => ClipTokenizer.Load(Repository.EmojiModel));
        Assert.Contains("vocab.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenize_LongPrompt_SaysWhichWordsAreCut()
    {
        var tokenizer = ClipTokenizer.Load(Path.Combine(Repository.EmojiModel, "tokenizer"), length: 6);
        var prompt = tokenizer.Tokenize("a cat in watercolor painting style");
        Assert.Equal("painting style", prompt.CutText);
        Assert.Equal(6, prompt.Ids.Count);
        Assert.Equal(8, prompt.TokenCount);
        Assert.Equal(tokenizer.Encode(string.Empty)[^1], prompt.Ids[^1]);
    }

    [Fact]
    public void Tokenize_WeightSyntax_IsPlainText() =>
        Assert.Equal(Small.Value.Encode("( cat : 1.3 )"), Small.Value.Encode("(cat:1.3)"));

    [Fact]
    public void Encode_ComposedAndDecomposed_AreEqual()
    {
        foreach (var (composed, decomposed) in new[] { ("\u00e9", "e\u0301"), ("\u1ec7", "e\u0302\u0323"), ("\ud55c", "\u1112\u1161\u11ab"), ("\u00c5", "\u212b") })
        {
            Assert.Equal(Small.Value.Encode(composed), Small.Value.Encode(decomposed));
        }
    }

    [Fact]
    public void WithTokens_TokenOfTwoVectors_ExpandsAndIsReportedWhenCut()
    {
        var plain = ClipTokenizer.Load(Path.Combine(Repository.EmojiModel, "tokenizer"), length: 5);
        var tokenizer = plain.WithTokens([new AddedToken("<toy>", [plain.VocabularySize, plain.VocabularySize + 1])]);
        Assert.Equal([.. plain.Encode("a").SkipLast(1), 1184, 1185, .. plain.Encode("cat").Skip(1)], tokenizer.Encode("a <toy> cat"));
        Assert.Equal("<toy> cat", tokenizer.Tokenize("a cat <toy> cat").CutText);
        Assert.Throws<ArgumentException>(() => plain.WithTokens([new AddedToken("two words", [7])]));
    }

    [Property]
    public bool Tokenize_AnyText_HasTheLengthAndKnownIds(string? text)
    {
        var prompt = Small.Value.Tokenize(text ?? string.Empty);
        return prompt.Ids.Count == 77 && prompt.Ids.All(id => id >= 0 && id < Small.Value.VocabularySize) && (prompt.CutText is null) == (prompt.TokenCount <= 77);
    }

    private static void AssertCases(ClipTokenizer tokenizer, string path)
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var item in cases.RootElement.EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            Assert.True(Ids(item, "ids").SequenceEqual(tokenizer.Encode(text)), $"ids of \"{text}\": {string.Join(' ', tokenizer.Encode(text))}");
            var prompt = tokenizer.Tokenize(text);
            Assert.Equal(Ids(item, "padded77"), prompt.Ids);
            Assert.Equal(item.GetProperty("truncated").GetBoolean(), prompt.CutText is not null);
        }
    }

    private static IEnumerable<int> Ids(JsonElement item, string name) => item.GetProperty(name).EnumerateArray().Select(id => id.GetInt32());

    [Theory]
    [InlineData("", "holds no merges")]
    [InlineData("#version: 0.2\n", "holds no merges")]
    [InlineData("#version: 0.2\ns t\nabc\n", "merge 2 is \"abc\"; it must be two symbols")]
    public void Load_MergesDamaged_IsAnError(string merges, string message)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.Golden("sd-mini", "tokenizer", "vocab.json"), folder.File("vocab.json"));
        File.WriteAllText(folder.File("merges.txt"), merges);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(Path.GetDirectoryName(folder.File("x"))!)).Message, StringComparison.Ordinal);
    }
}
