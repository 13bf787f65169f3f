using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Adapters;

public sealed class WeightsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-kinds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(WeightsKind.Unet, "sd-mini", "unet")]
    [InlineData(WeightsKind.Lora, "lora", "kohya.safetensors")]
    [InlineData(WeightsKind.Lora, "lora", "diffusers.safetensors")]
    [InlineData(WeightsKind.Lora, "lora", "diffusers-old.safetensors")]
    [InlineData(WeightsKind.TextualInversion, "embeddings", "learned_embeds.safetensors")]
    [InlineData(WeightsKind.TextualInversion, "embeddings", "one-vector.safetensors")]
    [InlineData(WeightsKind.TextualInversion, "embeddings", "a1111.safetensors")]
    [InlineData(WeightsKind.CustomDiffusion, "custom-diffusion", "pytorch_custom_diffusion_weights.safetensors")]
    [InlineData(WeightsKind.IpAdapter, "ip-adapter", "ip-adapter.safetensors")]
    public void KindOf_GoldenFile_IsKnown(WeightsKind expected, string section, string file) => Assert.Equal(expected, WeightsFile.KindOf(Repository.Golden(section, file)));

    [Fact]
    public void KindOf_OtherFile_NamesItsTensors()
    {
        var exception = Assert.Throws<SafetensorsException>(() => WeightsFile.KindOf(Repository.Golden("safetensors-files", "good.safetensors")));
        Assert.Contains("this is no UNet, LoRA, Textual Inversion embedding, Custom Diffusion or IP-Adapter file: its tensors are \"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KindOf_SingleFileModel_SaysHowToMakeAFolder()
    {
        var path = Path.Combine(_folder, "model.safetensors");
        using var weight = zeros(4);
        SafetensorsWriter.Write(path, [KeyValuePair.Create("model.diffusion_model.out.2.bias", weight), KeyValuePair.Create("first_stage_model.conv.bias", weight)]);
        Assert.Contains("gal convert FILE FOLDER", Assert.Throws<SafetensorsException>(() => WeightsFile.KindOf(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KindOf_PickleByAnotherName_IsRefused() =>
        Assert.Contains("pickled", Assert.Throws<SafetensorsException>(() => WeightsFile.KindOf(Repository.Golden("safetensors-files", "bad-pickle.safetensors"))).Message, StringComparison.Ordinal);
}
