using System.Security.Cryptography;
using System.Text.Json;
using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

/// <summary>
/// The same weights in other layouts (golden/sd-mini-forms). Those files hold sd-mini's tensors under other names, so their digests are kept instead of them:
/// a file that is written here and has the digest is the golden file, byte for byte.
/// </summary>
public sealed class SingleFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-single-").FullName;
    private readonly ModelFolder _mini = ModelFolder.Open(Repository.Golden("sd-mini"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Export_SdMini_EqualsTheReferencesFile()
    {
        var path = Path.Combine(_folder, "single.safetensors");
        SingleFile.Export(_mini, path);
        var digest = Digest.Read("single-file.digest.json");
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.Equal(digest.Tensors.Keys.Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
            Assert.All(file.Tensors.Values, tensor => Assert.Equal(digest.Tensors[tensor.Name], Digest.Of(tensor)));
        }
        Assert.Equal(digest.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
    }

    [Fact]
    public void Import_SingleFile_GivesBackTheFolder()
    {
        var path = Path.Combine(_folder, "single.safetensors");
        SingleFile.Export(_mini, path);
        SingleFile.Import(path, _mini, Path.Combine(_folder, "back"));
        foreach (var part in new[] { "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors", "unet/config.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(_mini.Path, part)), File.ReadAllBytes(Path.Combine(_folder, "back", part)));
        }
    }

    /// <summary>A folder of the safety checker's configuration without its weights would end diffusers' loading, and ours of a CLIP.</summary>
    [Fact]
    public void Import_TemplateWithPartsThatNoFileHolds_LeavesThemOut()
    {
        var path = Path.Combine(_folder, "single.safetensors");
        SingleFile.Export(_mini, path);
        var template = Path.Combine(_folder, "template");
        _mini.CopyWithoutWeights(template);
        foreach (var (part, weights) in new[] { ("safety_checker", "pytorch_model.bin"), ("clip", "model.safetensors") })
        {
            Directory.CreateDirectory(Path.Combine(template, part));
            File.WriteAllText(Path.Combine(template, part, "config.json"), "{}");
            File.WriteAllText(Path.Combine(template, part, weights), "weights");
        }
        File.WriteAllText(Path.Combine(template, "unet", "diffusion_pytorch_model.bin"), "weights");
        File.WriteAllText(Path.Combine(template, "model_index.json"), """{ "unet": ["diffusers", "UNet2DConditionModel"], "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"] }""");

        SingleFile.Import(path, ModelFolder.Open(template), Path.Combine(_folder, "back"));

        Assert.Equal(
            ["scheduler", "text_encoder", "tokenizer", "unet", "vae"],
            Directory.EnumerateDirectories(Path.Combine(_folder, "back")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["config.json", "diffusion_pytorch_model.safetensors"], Directory.EnumerateFiles(Path.Combine(_folder, "back", "unet")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "back", "model_index.json")));
        Assert.Equal("[null,null]", JsonSerializer.Serialize(index.RootElement.GetProperty("safety_checker")));
        Assert.Equal("UNet2DConditionModel", index.RootElement.GetProperty("unet")[1].GetString());
    }

    [Fact]
    public void Import_OtherTensors_AreNamed()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder, "single.safetensors");
        SingleFile.Export(_mini, path);
        var changed = Path.Combine(_folder, "changed.safetensors");
        using (var file = SafetensorsFile.Open(path))
        {
            // What training tools leave in a single file is ignored; anything else is not.
            var tensors = file.Tensors.ToDictionary(pair => pair.Key.Replace("out.2.bias", "out.2.offset", StringComparison.Ordinal), pair => pair.Value.Read());
            tensors["model_ema.decay"] = zeros(1);
            tensors["alphas_cumprod"] = zeros(1000);
            SafetensorsWriter.Write(changed, tensors);
        }
        var exception = Assert.Throws<CheckpointMismatchException>(() => SingleFile.Import(changed, _mini, Path.Combine(_folder, "back")));
        Assert.Equal(["model.diffusion_model.out.2.bias"], exception.Missing);
        Assert.Equal(["model.diffusion_model.out.2.offset"], exception.Unexpected);
        Assert.False(Directory.Exists(Path.Combine(_folder, "back")));
    }

    [Fact]
    public void Vae_OldAttentionNames_IsTheSameModel()
    {
        using var scope = NewDisposeScope();
        var digest = Digest.Read("vae-old-attention-names.digest.json");
        var path = Path.Combine(_folder, "old.safetensors");
        using (var vae = Checkpoint.Open(Path.Combine(_mini.Path, "vae")))
        {
            var stored = vae.Tensors.Values.ToLookup(Digest.Of);
            SafetensorsWriter.Write(path, digest.Tensors.Select(pair => KeyValuePair.Create(pair.Key, stored[pair.Value].First())));
        }
        Assert.Equal(digest.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        using var old = new AutoencoderKl(_mini.Vae);
        old.LoadWeights(path);
        var expected = _mini.LoadVae().state_dict();
        foreach (var (name, value) in old.state_dict())
        {
            TensorAssert.Close(expected[name], value, 0, name);
        }
    }

    /// <summary>A golden file's own hash, and each tensor's shape and hash.</summary>
    private sealed record Digest(string Sha256, IReadOnlyDictionary<string, string> Tensors)
    {
        public static Digest Read(string name)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Repository.Golden("sd-mini-forms", name)));
            return new Digest(
                json.RootElement.GetProperty("sha256").GetString()!,
                json.RootElement.GetProperty("tensors").EnumerateObject().ToDictionary(
                    tensor => tensor.Name,
                    tensor => $"{string.Join(",", tensor.Value.GetProperty("shape").EnumerateArray())} {tensor.Value.GetProperty("sha256").GetString()}"));
        }

        public static string Of(StoredTensor tensor) => $"{string.Join(",", tensor.Shape)} {Convert.ToHexStringLower(SHA256.HashData(tensor.Bytes))[..16]}";
    }
}
