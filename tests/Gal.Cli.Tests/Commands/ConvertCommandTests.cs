using System.Text.Json;
using Gal.Cli.Errors;
using Gal.Cli.Terminals;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using Gal.Tests;
using Gal.Tests.Services;
using static TorchSharp.torch;

namespace Gal.Cli.Tests.Commands;

/// <summary><c>gal convert</c> on the golden files: what it writes, and what it leaves when it cannot.</summary>
public sealed class ConvertCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-convert-");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    private string New(string name) => Path.Combine(_folder.FullName, name);

    private async Task<string> ConvertAsync(string source, string name, params string[] options)
    {
        var code = await RunAsync([source, New(name), .. options]);
        Assert.True(code == ExitCodes.Ok, _error.ToString());
        return New(name);
    }

    private Task<int> RunAsync(params string[] args) => GalApp.RunAsync(["convert", .. args], Terminal.Of(_output, _error, TimeProvider.System), TestContext.Current.CancellationToken).DefaultTimeout();

    [Fact]
    public async Task Model_FolderToFileAndBack_IsTheSameFolder()
    {
        var file = await ConvertAsync(Repository.Golden("sd-mini"), "mini.safetensors");
        var back = await ConvertAsync(file, "back", "--like", Repository.Golden("sd-mini"));
        Assert.Contains("single-file", _output.ToString());
        foreach (var path in Directory.EnumerateFiles(Repository.Golden("sd-mini"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(back, Path.GetRelativePath(Repository.Golden("sd-mini"), path))));
        }
    }

    [Fact]
    public async Task Model_FolderInFloat32AndBack_IsTheSameFolder()
    {
        var wide = await ConvertAsync(Repository.Golden("sd-mini"), "wide", "--to", "folder", "--type", "float32");
        var back = await ConvertAsync(wide, "back", "--to", "folder", "--type", "float16");
        using (var unet = Checkpoint.Open(Path.Combine(wide, "unet")))
        {
            Assert.All(unet.Tensors.Values, tensor => Assert.Equal("F32", tensor.Dtype));
        }
        foreach (var path in Directory.EnumerateFiles(Repository.Golden("sd-mini"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(back, Path.GetRelativePath(Repository.Golden("sd-mini"), path))));
        }
    }

    [Theory]
    [InlineData("diffusers", "diffusers")]
    [InlineData("diffusers", "diffusers-old")]
    [InlineData("diffusers-old", "diffusers")]
    public async Task Lora_BetweenDiffusersForms_IsTheOthersFile(string from, string to)
    {
        var file = await ConvertAsync(Repository.Golden("lora", from + ".safetensors"), "lora.safetensors", "--to", to, "--like", Repository.Golden("sd-mini"));
        AssertEqualTensors(Repository.Golden("lora", to + ".safetensors"), file);
    }

    [Fact]
    public async Task Lora_KohyaToDiffusersAndBack_KeepsItsNames()
    {
        var diffusers = await ConvertAsync(Repository.Golden("lora", "kohya.safetensors"), "diffusers.safetensors", "--to", "diffusers", "--like", Repository.Golden("sd-mini"));
        AssertEqualTensors(Repository.Golden("lora", "diffusers.safetensors"), diffusers);
        var kohya = await ConvertAsync(diffusers, "kohya.safetensors", "--to", "kohya", "--like", Repository.Golden("sd-mini"));
        using var expected = Checkpoint.Open(Repository.Golden("lora", "kohya.safetensors"));
        using var found = Checkpoint.Open(kohya);
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), found.Tensors.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("diffusers", "1", "eps.scale1.0")]
    [InlineData("kohya", "0.5", "eps.scale0.5")]
    public async Task Lora_MergedIntoAModel_GivesTheReferencesOutput(string dialect, string scale, string expected)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var merged = await ConvertAsync(Repository.Golden("sd-mini"), "merged", "--to", "folder", "--type", "float32", "--lora", $"{Repository.Golden("lora", dialect + ".safetensors")}:{scale}");
        using var golden = Checkpoint.Open(Repository.Golden("lora", "golden.safetensors"));
        using var texts = Checkpoint.Open(Repository.Golden("sd-mini-golden", "tensors.safetensors"));
        using var unet = ModelFolder.Open(merged).LoadUnet();
        var found = unet.call(golden.Tensors["sample"].Read(), tensor(400f), texts.Tensors["text_hidden"].Read().narrow(0, 0, 1));
        Assert.InRange((found - golden.Tensors[expected].Read()).abs().max().item<float>(), 0, 5e-5f);
        Assert.Equal(["merged"], _folder.EnumerateFileSystemInfos().Select(entry => entry.Name));
    }

    [Fact]
    public async Task Embedding_ToA1111AndBack_KeepsItsVectorsAndGetsItsWord()
    {
        var a1111 = await ConvertAsync(Repository.Golden("embeddings", "learned_embeds.safetensors"), "toy.safetensors", "--to", "a1111");
        Assert.Contains("its word is the file's name: toy.", _output.ToString());
        var back = await ConvertAsync(a1111, "back.safetensors", "--to", "diffusers", "--word", "<cat-toy>");
        AssertEqualTensors(Repository.Golden("embeddings", "learned_embeds.safetensors"), back);
        Assert.Equal("<cat-toy>", WeightsFile.WordOf(back)!.Token);
    }

    [Fact]
    public async Task Json_SaysWhatWasWritten()
    {
        var file = await ConvertAsync(Repository.Golden("sd-mini"), "mini.safetensors", "--json");
        using var written = JsonDocument.Parse(_output.ToString());
        Assert.Equal(file, written.RootElement.GetProperty("target").GetString());
        Assert.Equal("single-file", written.RootElement.GetProperty("form").GetString());
        Assert.Equal(new FileInfo(file).Length, written.RootElement.GetProperty("bytes").GetInt64());
    }

    [Theory]
    [InlineData("is a LoRA; say what it shall become: --to diffusers or --to kohya or --to diffusers-old.", "lora/kohya.safetensors")]
    [InlineData("--to is 'a1111', but", "lora/kohya.safetensors", "--to", "a1111")]
    [InlineData("The architecture is Stable Diffusion 1.5's; name a model folder of another with --like.", "lora/kohya.safetensors", "--to", "diffusers")]
    [InlineData("is Custom Diffusion weights; all tools read it", "custom-diffusion/pytorch_custom_diffusion_weights.safetensors")]
    [InlineData("this is a pickled PyTorch file, not safetensors.", "safetensors-files/bad-pickle.safetensors")]
    [InlineData("There is no file or folder", "nowhere.safetensors")]
    [InlineData("--type is 'int8'; it must be float16, bfloat16 or float32.", "sd-mini", "--type", "int8")]
    [InlineData("add --type float16, bfloat16 or float32, or --lora FILE.", "sd-mini", "--to", "folder")]
    [InlineData("--lora adds to a model folder's weights, but", "lora/kohya.safetensors", "--to", "diffusers", "--lora", "x.safetensors")]
    [InlineData("there is no file", "sd-mini", "--lora", "x.safetensors")]
    [InlineData("--word is 'a cat'; it must be one word", "embeddings/a1111.safetensors", "--to", "diffusers", "--word", "a cat")]
    [InlineData("lora/unet/config.json", "lora")]
    public async Task Mistake_IsNamedAndNothingIsLeft(string message, string source, params string[] options)
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync([Path.Combine(Repository.Golden(), source), New("target"), .. options]));
        Assert.Contains(message, _error.ToString().ReplaceLineEndings(" "));
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task FolderOfARunThatTrainedALora_StandsForTheLora()
    {
        var folder = Directory.CreateDirectory(New("checkpoint")).FullName;
        File.Copy(Repository.Golden("lora", "kohya.safetensors"), Path.Combine(folder, "pytorch_lora_weights.safetensors"));
        AssertEqualTensors(
            Repository.Golden("lora", "diffusers.safetensors"),
            await ConvertAsync(folder, "lora.safetensors", "--to", "diffusers", "--like", Repository.Golden("sd-mini")));
    }

    [Fact]
    public async Task Target_ThatExists_IsLeftAlone()
    {
        File.WriteAllText(New("precious"), "x");
        Assert.Equal(ExitCodes.BadInput, await RunAsync(Repository.Golden("sd-mini"), New("precious")));
        Assert.Contains("exists; name a new one.", _error.ToString());
        Assert.Equal("x", File.ReadAllText(New("precious")));
    }

    private static void AssertEqualTensors(string expectedPath, string foundPath)
    {
        using var expected = Checkpoint.Open(expectedPath);
        using var found = Checkpoint.Open(foundPath);
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), found.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in expected.Tensors)
        {
            using var a = tensor.Read();
            using var b = found.Tensors[name].Read();
            Assert.Equal(a.dtype, b.dtype);
            Assert.True(a.equal(b).all().item<bool>(), name);
        }
    }

    [Fact]
    public async Task Model_FileUnderAPicklesName_IsRefused()
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync(Repository.Golden("sd-mini"), New("mini.ckpt")));
        Assert.Contains("name it mini.safetensors.", _error.ToString().ReplaceLineEndings(" "));
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }
}
