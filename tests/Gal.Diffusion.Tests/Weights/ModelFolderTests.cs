using System.Text.Json.Nodes;
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

    [Theory]
    [InlineData("unet", "block_out_channels", "[-32, 64, 64, 64]", "block_out_channels[0] is -32; supported: 1 to 16,384")]
    [InlineData("unet", "block_out_channels", "[1000000000, 64, 64, 64]", "block_out_channels[0] is 1000000000")]
    [InlineData("unet", "block_out_channels", "null", "does not describe a UNetConfig")]
    [InlineData("unet", "down_block_types", "[null, \"DownBlock2D\", \"DownBlock2D\", \"DownBlock2D\"]", "down_block_types is null")]
    [InlineData("unet", "layers_per_block", "-1", "layers_per_block is -1; supported: 1 to 256")]
    [InlineData("unet", "layers_per_block", "1000000", "layers_per_block is 1000000")]
    [InlineData("unet", "attention_head_dim", "0", "attention_head_dim is 0; supported: a whole number from 1, or a list of 4")]
    [InlineData("unet", "attention_head_dim", "[4]", "attention_head_dim is [4]")]
    [InlineData("unet", "attention_head_dim", "\"many\"", "attention_head_dim is many")]
    [InlineData("unet", "norm_num_groups", "0", "norm_num_groups is 0")]
    [InlineData("unet", "sample_size", "0", "sample_size is 0; supported: 1 to 1,024")]
    [InlineData("unet", "norm_eps", "-1", "norm_eps is -1")]
    [InlineData("vae", "scaling_factor", "-1", "scaling_factor is -1; supported: above 0")]
    [InlineData("vae", "norm_num_groups", "0", "norm_num_groups is 0")]
    [InlineData("vae", "layers_per_block", "-2", "layers_per_block is -2")]
    [InlineData("vae", "block_out_channels", "[]", "the number of block_out_channels is 0")]
    [InlineData("text_encoder", "num_hidden_layers", "1000000", "num_hidden_layers is 1000000; supported: 1 to 256")]
    [InlineData("text_encoder", "vocab_size", "1000000000", "vocab_size is 1000000000")]
    [InlineData("text_encoder", "max_position_embeddings", "1", "max_position_embeddings is 1; supported: 3 to 4,096")]
    public void Open_AbsurdValue_NamesFileFieldValueAndRange(string part, string field, string value, string message)
    {
        foreach (var name in (string[])["unet", "vae", "text_encoder"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, name));
            File.Copy(Repository.Golden("sd-mini", name, "config.json"), Path.Combine(_folder, name, "config.json"));
        }
        var path = Path.Combine(_folder, part, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config[field] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());
        var exception = Assert.Throws<ModelConfigException>(() => ModelFolder.Open(_folder));
        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CopyAs_PartWithoutWeights_IsRefusedAndWritesNothing()
    {
        var (source, target) = (Path.Combine(_folder, "source"), Path.Combine(_folder, "target"));
        ModelFolder.Open(Repository.Golden("sd-mini")).SaveAs(source);
        File.Delete(Path.Combine(source, "vae", "diffusion_pytorch_model.safetensors"));
        Assert.Contains(Path.Combine(source, "vae"), Assert.Throws<FileNotFoundException>(() => ModelFolder.Open(source).CopyAs(target, ScalarType.Float16)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }
}
