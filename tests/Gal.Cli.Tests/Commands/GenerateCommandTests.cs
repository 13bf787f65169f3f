using System.Text.Json;
using System.Text.Json.Nodes;
using Gal.Cli.Errors;
using Gal.Cli.Terminals;
using Gal.Tests;
using Gal.Tests.Models;
using Gal.Tests.Services;

namespace Gal.Cli.Tests.Commands;

/// <summary><c>gal generate</c> with an IP-Adapter: what it draws, and what it says when the files do not belong together.</summary>
public sealed class GenerateCommandTests : IDisposable
{
    private static readonly string Adapter = Repository.Golden("ip-adapter", "ip-adapter.safetensors");
    private static readonly string Picture = Repository.Golden("clip-mini-golden", "image-0.png");

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-generate-");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task IpAdapter_WithImageEncoder_DrawsAfterThePicture()
    {
        var encoder = MiniVisionTower.Write(New("encoder"));

        var without = await DrawAsync("without");
        var with = await DrawAsync("with", "--ip-adapter", Adapter, "--image-prompt", Picture, "--image-encoder", encoder);
        var unseen = await DrawAsync("unseen", "--ip-adapter", Adapter, "--image-prompt", Picture, "--image-encoder", encoder, "--ip-adapter-scale", "0");

        Assert.NotEqual(without, with);
        Assert.Equal(without, unseen);
    }

    [Fact]
    public async Task IpAdapter_ModelWithoutImageEncoder_NamesTheOption()
    {
        Assert.Equal(ExitCodes.BadInput, await GenerateAsync("out", "--ip-adapter", Adapter, "--image-prompt", Picture));
        Assert.Contains("--image-encoder FOLDER of gal generate", Error());
        Assert.False(Directory.Exists(New("out")));
    }

    [Fact]
    public async Task IpAdapter_ModelsEncoderOfAnotherWidth_NamesBothWidths()
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync("a cat", "--model", Repository.EmojiModel, "--ip-adapter", Adapter, "--image-prompt", Picture, "--out", New("out")));
        Assert.Contains("the image encoder of emoji-sd makes embeddings 128 wide, and the IP-Adapter was trained with embeddings 48 wide", Error());
    }

    [Theory]
    [InlineData("there is no folder")]
    [InlineData("is a file; give the folder with its config.json")]
    [InlineData("An image encoder is a folder with config.json and model.safetensors")]
    [InlineData("There are no weights in")]
    [InlineData("this is a pickled PyTorch file")]
    [InlineData("does not describe a ClipVisionConfig")]
    [InlineData("hidden_act is relu; supported: quick_gelu and gelu")]
    [InlineData("size is 336; it must be 224")]
    [InlineData("it has no matrix visual_projection.weight")]
    [InlineData("projection_dim is 512, and visual_projection.weight in")]
    [InlineData("makes embeddings 64 wide, and")]
    [InlineData("lists several files; the weights must be in one")]
    public async Task ImageEncoder_NotWhatItShouldBe_SaysWhyAndStartsNothing(string message)
    {
        var encoder = Spoil(New("encoder"), message);

        Assert.Equal(ExitCodes.BadInput, await GenerateAsync("out", "--ip-adapter", Adapter, "--image-prompt", Picture, "--image-encoder", encoder));
        Assert.Contains("Error: --image-encoder: ", Error());
        Assert.Contains(message, Error());
        Assert.False(Directory.Exists(New("out")));
    }

    [Theory]
    [InlineData("--image-encoder", "anywhere")]
    [InlineData("--ip-adapter-scale", "0.5")]
    public async Task IpAdaptersOption_WithoutIpAdapter_IsRefused(string option, string value)
    {
        Assert.Equal(ExitCodes.BadInput, await GenerateAsync("out", option, value));
        Assert.Contains($"{option} is an IP-Adapter's; give --ip-adapter and --image-prompt, too.", Error());
    }

    [Theory]
    [InlineData("--checkpoint", "safetensors-files/bad-overlap.safetensors", "tensor \"b\" overlaps tensor \"a\" by 4 bytes.")]
    [InlineData("--checkpoint", "safetensors-files/good.safetensors", "this is no UNet, LoRA")]
    [InlineData("--lora", "lora/kohya.safetensors", "does not fit the model.")]
    [InlineData("--embedding", "embeddings/learned_embeds.safetensors", "does not fit the model.")]
    public async Task WeightsFile_NotTheModels_IsNamedAsTheUserNamedIt(string option, string file, string defect)
    {
        var path = Path.Combine(Repository.Golden(), file);

        Assert.Equal(ExitCodes.BadInput, await RunAsync("a cat", "--model", Repository.EmojiModel, "--steps", "1", option, path, "--out", New("out")));
        Assert.Contains(path, Error());
        Assert.Contains(defect, Error());
        Assert.DoesNotContain("artifact folder", Error());
        Assert.False(Directory.Exists(New("out")));
    }

    [Fact]
    public async Task Paths_ThatAreNone_AreBadInput()
    {
        File.WriteAllText(New("file"), "x");
        File.WriteAllBytes(New("latin1.txt"), [(byte)'c', 0xE4, (byte)'t']);
        (string Option, string Value, string Message)[] wrong =
        [
            ("--lora", "", "A path on the command line is empty"),
            ("--out", "", "A path on the command line is empty"),
            ("--out", New("file"), "is a file; name a folder"),
            ("--prompts", New("latin1.txt"), "is not UTF-8 text"),
            ("--connect", "nonsense", "Address \"nonsense\" is neither http://HOST:PORT nor unix:/path."),
        ];
        foreach (var (option, value, message) in wrong)
        {
            Assert.Equal(ExitCodes.BadInput, await RunAsync("a cat", option, value));
            Assert.Contains(message, Error());
        }
    }

    private static string Spoil(string folder, string message)
    {
        if (message.StartsWith("there is no folder", StringComparison.Ordinal))
        {
            return folder;
        }
        if (message.StartsWith("is a file", StringComparison.Ordinal))
        {
            return Picture;
        }
        MiniVisionTower.Write(folder, message.Contains("64 wide", StringComparison.Ordinal) ? 64 : 48);
        var (config, weights) = (Path.Combine(folder, "config.json"), Path.Combine(folder, "model.safetensors"));
        switch (message)
        {
            case "An image encoder is a folder with config.json and model.safetensors":
                File.Delete(config);
                break;
            case "There are no weights in":
                File.Delete(weights);
                break;
            case "this is a pickled PyTorch file":
                File.Move(weights, Path.Combine(folder, "pytorch_model.bin"));
                break;
            case "does not describe a ClipVisionConfig":
                File.WriteAllText(config, "{\"projection_dim\": 48}");
                break;
            case "hidden_act is relu; supported: quick_gelu and gelu":
                Change(config, "hidden_act", "relu");
                break;
            case "size is 336; it must be 224":
                File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), "{\"size\": {\"shortest_edge\": 336}}");
                break;
            case "it has no matrix visual_projection.weight":
                File.Copy(Repository.Golden("sd-mini", "unet", "diffusion_pytorch_model.safetensors"), weights, overwrite: true);
                break;
            case "projection_dim is 512, and visual_projection.weight in":
                Change(config, "projection_dim", 512);
                break;
            case "lists several files; the weights must be in one":
                File.Move(weights, Path.Combine(folder, "part-1.safetensors"));
                using (var part = Diffusion.Weights.Checkpoint.Open(Path.Combine(folder, "part-1.safetensors")))
                {
                    File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { weight_map = part.Tensors.Keys.ToDictionary(name => name, _ => "part-1.safetensors") }));
                }
                break;
        }
        return folder;
    }

    private static void Change(string config, string field, JsonNode value)
    {
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        json[field] = value;
        File.WriteAllText(config, json.ToJsonString());
    }

    private async Task<byte[]> DrawAsync(string name, params string[] options)
    {
        Assert.True(await GenerateAsync(name, options) == ExitCodes.Ok, _error.ToString());
        return File.ReadAllBytes(Path.Combine(New(name), "prompt-00-seed-3.png"));
    }

    private Task<int> GenerateAsync(string name, params string[] options) =>
        RunAsync(["a cat", "--model", Repository.Golden("sd-mini"), "--seed", "3", "--steps", "2", "--width", "32", "--height", "32", "--out", New(name), .. options]);

    private Task<int> RunAsync(params string[] args) => GalApp.RunAsync(["generate", .. args], Terminal.Of(_output, _error, TimeProvider.System), TestContext.Current.CancellationToken).DefaultTimeout();

    private string Error() => _error.ToString().ReplaceLineEndings(" ");

    private string New(string name) => Path.Combine(_folder.FullName, name);
}
