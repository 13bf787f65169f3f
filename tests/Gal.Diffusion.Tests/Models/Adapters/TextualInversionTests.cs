using System.Text.Json;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Adapters;

/// <summary>Textual Inversion files against the reference (golden/embeddings).</summary>
public sealed class TextualInversionTests : IDisposable
{
    private const double Tolerance = 5e-5;

    private readonly string _folder = Directory.CreateTempSubdirectory("gal-inversion-").FullName;
    private readonly ModelFolder _mini = ModelFolder.Open(Repository.Golden("sd-mini"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_TwoWords_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var text = _mini.LoadTextEncoder();
        var tokenizer = ClipTokenizer.Load(_mini.TokenizerPath, 77);
        tokenizer = TextualInversion.Load(Repository.Golden("embeddings", "learned_embeds.safetensors"), text, tokenizer);
        tokenizer = TextualInversion.Load(Repository.Golden("embeddings", "one-vector.safetensors"), text, tokenizer);
        using var cases = JsonDocument.Parse(File.ReadAllText(Repository.Golden("embeddings", "cases.json")));
        var index = 0;
        foreach (var prompt in cases.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var ids = tokenizer.Tokenize(prompt.GetProperty("text").GetString()!).Ids.Select(id => (long)id).ToArray();
            Assert.Equal(prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()), ids);
            var name = $"hidden.{index++}";
            TensorAssert.Close(TensorAssert.Golden("embeddings", "hidden.safetensors", name), text.call(tensor(ids).unsqueeze(0)), Tolerance, name);
        }
        Assert.Equal(5, index);
    }

    [Fact]
    public void Read_A1111Form_HoldsTheSameVectorsUnderTheFilesName()
    {
        using var scope = NewDisposeScope();
        var (token, vectors) = TextualInversionFile.Read(Repository.Golden("embeddings", "a1111.safetensors"));
        Assert.Equal("a1111", token);
        TensorAssert.Close(TextualInversionFile.Read(Repository.Golden("embeddings", "learned_embeds.safetensors")).Vectors, vectors, 0, "vectors");
    }

    [Fact]
    public void Write_BothForms_GivesTheReferencesBytes()
    {
        var (token, vectors) = TextualInversionFile.Read(Repository.Golden("embeddings", "learned_embeds.safetensors"));
        using (vectors)
        {
            var path = Path.Combine(_folder, "written.safetensors");
            TextualInversionFile.Write(path, token, vectors);
            Assert.Equal(File.ReadAllBytes(Repository.Golden("embeddings", "learned_embeds.safetensors")), File.ReadAllBytes(path));
            TextualInversionFile.WriteA1111(path, vectors);
            Assert.Equal(File.ReadAllBytes(Repository.Golden("embeddings", "a1111.safetensors")), File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void Load_OtherWidth_SaysWhatWasExpected()
    {
        using var scope = NewDisposeScope();
        var text = ModelFolder.Open(Repository.EmojiModel).LoadTextEncoder();
        var tokenizer = ClipTokenizer.Load(_mini.TokenizerPath, 77);
        var exception = Assert.Throws<CheckpointMismatchException>(() => TextualInversion.Load(Repository.Golden("embeddings", "one-vector.safetensors"), text, tokenizer));
        Assert.StartsWith("<ink>: expected [count, 128], found [1, 32]", Assert.Single(exception.Misshapen), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralTensors_IsRefused() =>
        Assert.Contains("holds one tensor, this one 4", Assert.Throws<SafetensorsException>(() => TextualInversionFile.Read(Repository.Golden("lora", "golden.safetensors"))).Message, StringComparison.Ordinal);
}
