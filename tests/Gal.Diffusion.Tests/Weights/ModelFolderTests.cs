using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

public sealed class ModelFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SaveAs_UnchangedModel_OpensAgainWithEqualTensors()
    {
        using var scope = NewDisposeScope();
        var source = ModelFolder.Open(Repository.Golden("sd-mini"));
        var (unet, text) = (source.LoadUnet(ScalarType.Float16), source.LoadTextEncoder(ScalarType.Float16));
        source.SaveAs(_folder, unet, text);
        // Written by the same program in the same type, a file equals the one that it was read from.
        foreach (var part in new[] { "unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors", "vae/diffusion_pytorch_model.safetensors", "model_index.json", "tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer/tokenizer_config.json", "scheduler/scheduler_config.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(source.Path, part)), File.ReadAllBytes(Path.Combine(_folder, part)));
        }
        Assert.Equal(source.Unet.BlockOutChannels, ModelFolder.Open(_folder).Unet.BlockOutChannels);
    }

    [Fact]
    public void Open_MissingFolder_SaysWhatItNeeds() =>
        Assert.Contains("needs unet, vae, text_encoder", Assert.Throws<ModelConfigException>(() => ModelFolder.Open(Path.Combine(_folder, "absent"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_MissingConfig_NamesTheFile() =>
        Assert.Contains(Path.Combine(_folder, "unet", "config.json"), Assert.Throws<ModelConfigException>(() => ModelFolder.Open(_folder)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"act_fn\": \"silu\"", "\"act_fn\": \"mish\"", "act_fn is mish")]
    [InlineData("\"class_embed_type\": null", "\"class_embed_type\": \"timestep\"", "class_embed_type is timestep")]
    [InlineData("\"DownBlock2D\"", "\"AttnDownBlock2D\"", "down_block_types is AttnDownBlock2D")]
    [InlineData("\"norm_num_groups\": 32", "\"norm_num_groups\": 48", "block_out_channels[0] is 32")]
    [InlineData("\"block_out_channels\": [", "\"block_out_channels\": {", "does not describe a UNetConfig")]
    public void Open_OtherArchitecture_NamesFieldAndValue(string text, string replacement, string message)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "unet"));
        var config = File.ReadAllText(Repository.Golden("sd-mini", "unet", "config.json"));
        Assert.Contains(text, config, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "unet", "config.json"), config.Replace(text, replacement, StringComparison.Ordinal));
        Assert.Contains(message, Assert.Throws<ModelConfigException>(() => ModelFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }
}
