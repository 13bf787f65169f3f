using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_ShardIndex_ReadsAllShards()
    {
        using var checkpoint = Checkpoint.Open(Repository.Golden("safetensors-files", "model.safetensors.index.json"));
        using var x = checkpoint.Tensors["x"].Read();
        using var y = checkpoint.Tensors["y"].Read();
        Assert.Equal([2L, 3L], x.shape);
        Assert.Equal(new float[4], y.data<float>());
    }

    [Fact]
    public void Open_FolderWithShards_FindsTheIndex()
    {
        foreach (var name in new[] { "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" })
        {
            File.Copy(Repository.Golden("safetensors-files", name), Path.Combine(_folder, name));
        }
        using var checkpoint = Checkpoint.Open(_folder);
        Assert.Equal(["x", "y"], checkpoint.Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("""{"weight_map": {"x": "../outside.safetensors"}}""", "is not a plain file name")]
    [InlineData("""{"weight_map": {"x": null}}""", "is not a plain file name")]
    [InlineData("""{"weight_map": {"z": "model-00001-of-00002.safetensors"}}""", "\"z\" is in model-00001-of-00002.safetensors, but it is not")]
    [InlineData("""{"weight_map": """, "not valid JSON")]
    [InlineData("{}", "no \"weight_map\"")]
    public void Open_WrongIndex_SaysWhatIsWrong(string index, string defect)
    {
        File.Copy(Repository.Golden("safetensors-files", "model-00001-of-00002.safetensors"), Path.Combine(_folder, "model-00001-of-00002.safetensors"));
        var path = Path.Combine(_folder, "model.safetensors.index.json");
        File.WriteAllText(path, index);
        Assert.Contains(defect, Assert.Throws<SafetensorsException>(() => Checkpoint.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.ckpt")]
    [InlineData("diffusion_pytorch_model.bin")]
    [InlineData("pytorch_model.pt")]
    public void Open_PickledFile_IsRefusedWithTheWayToConvert(string name)
    {
        File.WriteAllBytes(Path.Combine(_folder, name), [0x80, 4]);
        foreach (var path in new[] { _folder, Path.Combine(_folder, name) })
        {
            var message = Assert.Throws<SafetensorsException>(() => Checkpoint.Open(path)).Message;
            Assert.Contains(name, message, StringComparison.Ordinal);
            Assert.Contains("weights_only=True", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LoadWeights_RenamedMissingAndMisshapen_ListsThemAll()
    {
        using var scope = NewDisposeScope();
        var folder = ModelFolder.Open(Repository.Golden("sd-mini"));
        var state = folder.LoadTextEncoder().state_dict().ToDictionary();
        state["text_model.embeddings.position_embedding.weight"] = zeros(76, 32);
        Assert.True(state.Remove("text_model.final_layer_norm.bias", out var bias));
        state["text_model.final_layer_norm.offset"] = bias!;
        var path = Path.Combine(_folder, "model.safetensors");
        SafetensorsWriter.Write(path, state);
        var exception = Assert.Throws<CheckpointMismatchException>(() => new ClipTextModel(folder.TextEncoder).LoadWeights(path));
        Assert.Equal(["text_model.final_layer_norm.bias"], exception.Missing);
        Assert.Equal(["text_model.final_layer_norm.offset"], exception.Unexpected);
        Assert.Equal(["text_model.embeddings.position_embedding.weight: expected [77, 32], found [76, 32]"], exception.Misshapen);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void LoadUnet_OtherTypes_HoldsTheFilesValues(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var folder = ModelFolder.Open(Repository.Golden("sd-mini"));
        using var checkpoint = Checkpoint.Open(Repository.Golden("sd-mini", "unet", "diffusion_pytorch_model.safetensors"));
        foreach (var (name, value) in folder.LoadUnet(dtype).state_dict())
        {
            Assert.Equal(dtype, value.dtype);
            TensorAssert.Close(checkpoint.Tensors[name].Read().to(dtype), value, 0, name);
        }
    }
}
