using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

public sealed class RandomModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-random-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_MiniSizes_GivesAModelThatRunsAndTheSameBytesAgain()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (first, second) = (Path.Combine(_folder, "first"), Path.Combine(_folder, "second"));
        Write(first);
        Write(second);
        var unet = File.ReadAllBytes(Path.Combine(first, "unet", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(unet, File.ReadAllBytes(Path.Combine(second, "unet", "diffusion_pytorch_model.safetensors")));
        var model = ModelFolder.Open(first);
        using var generator = new Generator(1);
        var hidden = model.LoadTextEncoder().call(zeros([1, 77], ScalarType.Int64));
        var epsilon = model.LoadUnet().call(randn([1, 4, 16, 16], generator: generator), tensor(500L), hidden);
        var picture = model.LoadVae().Decode(epsilon);
        Assert.True(picture.isfinite().all().item<bool>());
        Assert.InRange(epsilon.std().item<float>(), 0.01f, 100f);
    }

    [Fact]
    public void StableDiffusion15_Configurations_GiveItsParameterCounts()
    {
        Assert.Equal(859_520_964, Count(RandomModelConfigs.Unet, path => new UNet2DConditionModel(UNetConfig.Read(path))));
        Assert.Equal(83_653_863, Count(RandomModelConfigs.Vae, path => new AutoencoderKl(AutoencoderKlConfig.Read(path))));
        Assert.Equal(859_520_964 + 83_653_863 + 123_060_480, RandomModel.StableDiffusion15ValueCount);
        Assert.Equal(123_060_480, Count(RandomModelConfigs.TextEncoder, path => new ClipTextModel(ClipTextConfig.Read(path))));
    }

    private static void Write(string folder)
    {
        string Config(string part) => File.ReadAllText(Repository.Golden("sd-mini", part, "config.json"));
        RandomModel.Write(folder, Repository.Golden("sd-mini", "tokenizer"), seed: 7, Config("unet"), Config("vae"), Config("text_encoder"));
    }

    private long Count(string config, Func<string, nn.Module> make)
    {
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, config);
        using var model = make(path);
        return model.parameters().Sum(parameter => parameter.numel());
    }
}
